import { describe, expect, it } from 'vitest'
import { archiveByHand, idOf, turns } from '../support/archiver-by-hand.ts'

const second = 1_000
const refusing = async () => {
  throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
}

describe('an archive that refuses a file', () => {
  it('makes every job wait, for longer each time, and is asked before anything is downloaded', async () => {
    const world = archiveByHand()
    world.parts.store = refusing
    world.insert(0)
    world.insert(1)
    await world.archiver.start()
    expect(await world.turn(0)).toBe(10 * second)
    await world.clock.advance(4 * second)
    expect(await world.turn(1)).toBe(6 * second)
    expect(world.fetched).toHaveLength(1)
    world.parts.check = refusing
    await world.clock.advance(6 * second)
    expect(await turns(world, 9)).toEqual(
      [20, 40, 80, 160, 320, 640, 1_280, 1_800, 1_800].map((seconds) => seconds * second),
    )
    expect(world.fetched).toHaveLength(1)
    world.parts.check = async () => {}
    expect(await world.turn()).toBe(1_800 * second)
    expect(world.fetched).toHaveLength(2)
    expect(world.said).toEqual([])
    expect(world.logged.find(({ err }) => err)).toMatchObject({ jobId: idOf(0), err: { code: 'ENOSPC' } })
    expect(world.logged.find(({ reason }) => reason)).toMatchObject({
      reason: 'the archive did not take it (ENOSPC).',
    })
  })

  it('counts once for the jobs that meet it at the same time', async () => {
    const world = archiveByHand()
    world.parts.store = refusing
    for (const number of [0, 1, 2]) world.insert(number)
    await world.archiver.start()
    expect(await Promise.all([0, 1, 2].map(world.turn))).toEqual([10, 10, 10].map((s) => s * second))
    await world.clock.advance(10 * second - 1)
    expect(await world.turn(0)).toBe(1)
    await world.clock.advance(1)
    expect(await world.turn(0)).toBe(20 * second)
  })

  it('is no fault of the output, whose own pauses begin when it has one', async () => {
    const world = archiveByHand()
    world.parts.store = refusing
    world.insert()
    await world.archiver.start()
    expect(await turns(world, 3)).toEqual([10, 20, 40].map((seconds) => seconds * second))
    world.parts.download = () => 'later'
    expect(await world.turn()).toBe(10 * second)
  })

  it('does not shorten the pause of an output that has a fault of its own', async () => {
    const world = archiveByHand()
    world.parts.download = () => 'later'
    world.insert(0, 2)
    await world.archiver.start()
    await turns(world, 3)
    world.parts.download = (url) => (url.endsWith('/0.mp4') ? 'later' : 'file')
    world.parts.store = refusing
    expect(await world.turn()).toBe(80 * second)
  })

  it('is not forgotten because another job is done', async () => {
    const world = archiveByHand()
    world.insert(0)
    const { outputs } = world.insert(1)
    await world.archiver.start()
    world.parts.store = refusing
    expect(await world.turn(0)).toBe(10 * second)
    await world.clock.advance(10 * second)
    // Another process has finished the second one.
    const job = world.rows.get(idOf(1))
    const kept = { key: `${idOf(1)}/0.mp4`, bytes: 10, contentType: 'video/mp4' }
    if (job)
      world.rows.set(job.id, { ...job, archived: 'KEPT', outputs: outputs.map((one) => ({ ...one, kept })) })
    expect(await world.turn(1)).toBeNull()
    expect(await world.archiver.health()).toEqual({ ok: false, detail: 'the last copy failed: ENOSPC' })
    expect(await world.turn(0)).toBe(20 * second)
  })

  it('is well again with the first file that it takes', async () => {
    const world = archiveByHand()
    world.parts.store = refusing
    world.insert(0)
    world.insert(1)
    await world.archiver.start()
    await turns(world, 3)
    expect(await world.archiver.health()).toEqual({ ok: false, detail: 'the last copy failed: ENOSPC' })
    world.parts.store = async () => {}
    await world.turn(1)
    expect(await world.archiver.health()).toEqual({ ok: true })
    world.parts.store = refusing
    expect(await world.turn(0)).toBe(10 * second)
  })
})
