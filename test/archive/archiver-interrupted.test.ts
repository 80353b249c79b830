import { writeFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { day, id, minute, silence, useArchiver } from '../support/archiver.ts'
import { eventually as inRealTime } from '../support/eventually.ts'
import { sampleBytes, stalling, video } from '../support/file-host.ts'
import { stores } from '../support/stores.ts'

describe.each(stores)('on $name a copy that is broken off', ({ open: openStore }) => {
  const world = useArchiver(openStore)

  it('begins a copy again that a stop broke off, and removes what was left of it', async () => {
    const bytes = sampleBytes(200_000)
    world.host.answer(stalling(bytes))
    await world.insert()
    await world.archiver.start()
    await world.clock.advance(0)
    await inRealTime(async () => expect(await world.unfinished()).toHaveLength(1))
    await world.archiver.stop()
    expect((await world.job()).archived).toBeNull()
    writeFileSync(world.path('.unfinished', 'of-a-crash'), 'half')
    world.host.answer(video(bytes))
    world.build()
    await world.archiver.start()
    expect(await readdir(world.path())).toEqual([])
    await world.until('KEPT')
    expect((await readFile(world.path(id, '0.mp4'))).equals(bytes)).toBe(true)
    expect(await world.unfinished()).toEqual([])
  })

  it.each(['that is discarded', 'that takes an hour', 'at a stop'])(
    'breaks an upload off %s',
    async (when) => {
      world.host.answer(video(Buffer.from('bytes')))
      let uploads = 0
      world.build({
        change: ({ put }) => ({
          put: (...file) => {
            uploads += 1
            return uploads === 1 ? silence(file[2]) : put(...file)
          },
        }),
      })
      await world.insert()
      await world.archiver.start()
      await world.clock.advance(0)
      await inRealTime(() => expect(uploads).toBe(1))
      if (when === 'that is discarded') {
        await world.archiver.discard(id, world.removeRow)
        await world.clock.advance(day)
        expect(uploads).toBe(1)
      } else if (when === 'that takes an hour') {
        await world.clock.advance(61 * minute)
        await world.until('KEPT', minute)
      } else {
        await world.archiver.stop()
        expect((await world.job()).archived).toBeNull()
      }
    },
  )

  it('ends a download that only trickles after an hour', async () => {
    world.host.answer(stalling(Buffer.alloc(10)))
    await world.insert()
    await world.archiver.start()
    await world.clock.advance(0)
    await inRealTime(() => expect(world.host.requests).toHaveLength(1))
    world.host.answer(video(Buffer.from('bytes')))
    await world.clock.advance(61 * minute)
    await world.until('KEPT', minute)
    expect(world.host.requests).toHaveLength(2)
  })

  it('breaks a copy off for a job that is deleted, and leaves no file of it', async () => {
    world.host.answer(stalling(sampleBytes(200_000)))
    await world.insert()
    await world.archiver.start()
    await world.clock.advance(0)
    await inRealTime(async () => expect(await world.unfinished()).toHaveLength(1))
    await world.archiver.discard(id, world.removeRow)
    await world.clock.advance(day)
    expect(world.host.requests).toHaveLength(1)
    expect(await world.unfinished()).toEqual([])
    expect(await world.files()).toEqual([])
  })

  it('gives a removal to which the archive does not answer up after ten seconds', async () => {
    world.build({ change: () => ({ remove: (_id, signal) => silence(signal) }) })
    await world.insert()
    const discarded = expect(world.archiver.discard(id, world.removeRow)).rejects.toMatchObject({
      code: 'ARCHIVE_UNAVAILABLE',
      message: expect.stringContaining('(TimeoutError)'),
    })
    await world.clock.advance(10_000)
    await discarded
    expect((await world.job()).state).toBe('COMPLETED')
  })

  it('copies nothing of a job while it is removed, and goes on if it stays', async () => {
    world.host.answer((_request, response) => response.writeHead(503).end())
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    world.build({ change: ({ remove }) => ({ remove: (...args) => gate.then(() => remove(...args)) }) })
    await world.insert()
    await world.archiver.start()
    await world.eventually(() => world.host.requests.length === 1)
    world.host.answer(video(Buffer.from('bytes')))
    const failed = expect(
      world.archiver.discard(id, () => Promise.reject(new Error('the row stays'))),
    ).rejects.toThrow('the row stays')
    world.archiver.wake(await world.job())
    await world.clock.advance(9_000)
    world.archiver.wake(await world.job())
    await world.clock.advance(500)
    expect(world.host.requests).toHaveLength(1)
    open()
    await failed
    await world.until('KEPT')
    expect(await world.files()).toEqual(['0.mp4'])
  })

  it('removes the file of a job that went while it was copied', async () => {
    world.host.answer(async (request, response) => {
      await world.store.remove(id, () => true, 9_000)
      video(Buffer.from('bytes'))(request, response)
    })
    await world.insert()
    await world.archiver.start()
    await world.clock.advance(0)
    await inRealTime(() => expect(world.host.requests).toHaveLength(1))
    await world.eventually(async () => (await world.store.firstDue('copy')) === null)
    expect(await world.files()).toEqual([])
  })
})
