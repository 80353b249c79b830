import { rmSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { day, id, minute, useArchiver } from '../support/archiver.ts'
import { video } from '../support/file-host.ts'

describe('an archive that fails', () => {
  const world = useArchiver()

  it('never counts a fault of the archive against the output', async () => {
    world.host.answer(video(Buffer.from('bytes')))
    writeFileSync(world.path(), 'a file where the folder should be')
    await world.insert()
    await world.archiver.start()
    const begun = world.clock.now()
    await world.eventually(() => world.clock.now() - begun >= day, minute)
    expect(world.host.requests).toHaveLength(1) // A download in vain costs more than a question.
    expect(await world.archiver.health()).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/cannot be written/),
    })
    rmSync(world.path())
    await world.clock.until(async () => /last copy failed/.test((await world.archiver.health()).detail ?? ''))
    await world.until('KEPT', minute)
    expect(await world.archiver.health()).toEqual({ ok: true })
  })

  it('tells no fault of the archive any more when nothing fails', async () => {
    world.host.answer(video(Buffer.from('bytes')))
    world.build({ change: () => ({ put: () => Promise.reject(new Error('refused')) }) })
    await world.insert()
    await world.archiver.start()
    await world.eventually(async () => /last copy failed/.test((await world.archiver.health()).detail ?? ''))
    await world.archiver.discard(id, world.removeRow)
    expect(await world.archiver.health()).toEqual({ ok: true })
  })

  it('lets all jobs wait together while the archive refuses them', async () => {
    world.host.answer(video(Buffer.from('bytes')))
    world.build({ change: () => ({ put: () => Promise.reject(new Error('refused')) }) })
    for (let number = 0; number < 10; number += 1)
      await world.insert({ id: id.replace(/0$/, String(number)) })
    const begun = world.clock.now()
    await world.archiver.start()
    await world.eventually(() => world.clock.now() - begun >= 60 * minute)
    // About ten rounds of two; each job by itself would make a hundred.
    expect(world.host.requests.length).toBeGreaterThan(10)
    expect(world.host.requests.length).toBeLessThan(40)
  })

  it('asks the archive once in five seconds how it is, however often it is asked', async () => {
    let checks = 0
    world.build({
      change: () => ({
        async check() {
          checks += 1
          if (checks === 2) throw new Error('away')
        },
      }),
    })
    const answers = await Promise.all([1, 2, 3].map(() => world.archiver.health()))
    expect(answers).toEqual([{ ok: true }, { ok: true }, { ok: true }])
    await world.clock.advance(4_999)
    expect(await world.archiver.health()).toEqual({ ok: true })
    expect(checks).toBe(1)
    await world.clock.advance(1)
    expect(await world.archiver.health()).toMatchObject({ ok: false })
    expect(checks).toBe(2)
  })
})
