import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { createArchiver } from '../../src/archive/archiver.ts'
import { longestPause } from '../../src/archive/pauses.ts'
import { JobUnreadableError } from '../../src/jobs/history-error.ts'
import { createRecorder } from '../../src/jobs/recorder.ts'
import { createLog } from '../../src/log.ts'
import { createLoop } from '../../src/worker/loop.ts'
import { day, id, minute, useArchiver } from '../support/archiver.ts'
import { sampleBytes, video } from '../support/file-host.ts'

describe('the archiver', () => {
  const world = useArchiver()

  it('begins with what the rows say, and copies each output once', async () => {
    const bytes = sampleBytes(300_000)
    world.host.answer(video(bytes))
    const before = await world.insert()
    await world.archiver.start()
    await world.until('KEPT')
    expect((await world.job()).outputs[0]?.kept).toEqual({
      key: `${id}/0.mp4`,
      bytes: 300_000,
      contentType: 'video/mp4',
    })
    expect((await readFile(world.path(id, '0.mp4'))).equals(bytes)).toBe(true)
    // An event may be late: the row is what counts.
    for (const change of [before, ...world.changes, before]) {
      world.archiver.wake(change)
      await world.clock.advance(minute)
    }
    world.archiver.wake(await world.insert({ id: 'job_00000000000000000000000001', outputs: [] }))
    await world.clock.advance(day)
    expect(world.host.requests).toHaveLength(1)
    expect(await world.messages()).toEqual(['Output kept.'])
  })

  it.each(['QUEUED', 'PROCESSING', 'FAILED', 'CANCELED'] as const)(
    'leaves a job that is %s alone',
    async (state) => {
      const other = await world.insert({ state })
      await world.archiver.start()
      world.archiver.wake(other)
      await world.clock.advance(minute)
      expect(world.host.requests).toHaveLength(0)
    },
  )

  it('gives other jobs their turn while one has a hundred outputs', async () => {
    world.host.answer(video(Buffer.from('bytes')))
    const many = 'job_00000000000000000000000000'
    await world.insert({ id: many }, 100)
    const others = Array.from({ length: 5 }, (_, index) => `job_0000000000000000000000000${index + 1}`)
    for (const other of others) await world.insert({ id: other, createdAt: world.clock.now() + 1 })
    await world.archiver.start()
    await world.until('KEPT')
    expect((await world.job()).outputs.every(({ kept }) => kept)).toBe(true)
    const order = world.changes.map((job) => job.id)
    const lastOther = Math.max(...others.map((other) => order.indexOf(other)))
    expect(order.slice(0, lastOther).filter((one) => one === many).length).toBeLessThanOrEqual(12)
  })

  it('tries every output of a job before those again that failed', async () => {
    world.host.answer((request, response) => {
      if (Number(request.url?.slice(1, -4)) < 6) response.writeHead(503).end()
      else video(Buffer.from('bytes'))(request, response)
    })
    await world.insert({}, 10)
    await world.archiver.start()
    await world.eventually(() => world.host.requests.length >= 10)
    expect(world.host.requests.slice(0, 10).map(({ url }) => url)).toEqual(
      Array.from({ length: 10 }, (_, index) => `/${index}.mp4`),
    )
    world.host.answer(video(Buffer.from('bytes')))
    await world.until('KEPT')
  })

  it('breaks off a download that drips, and tries it again later', async () => {
    let drips = 0
    world.host.answer((_request, response) => {
      response.writeHead(200, { 'content-type': 'video/mp4' })
      const timer = setInterval(() => response.write('a'), 2)
      drips += 1
      response.on('close', () => clearInterval(timer))
    })
    await world.insert()
    await world.archiver.start()
    // Its bytes come in real time, so the clock has to go on beside them.
    while (drips === 0) await world.clock.advance(0)
    const stop = setInterval(() => world.clock.jump(5_000), 1)
    while (world.host.requests[0]?.socket.destroyed === false)
      await new Promise((done) => setTimeout(done, 5))
    clearInterval(stop)
    world.host.answer(video(sampleBytes(1_000)))
    await world.until('KEPT')
    expect((await world.job()).outputs[0]?.kept?.bytes).toBe(1_000)
  })

  it('keeps those outputs of a job that it can', async () => {
    world.host.answer((request, response) => {
      if (request.url === '/1.mp4') response.writeHead(410).end()
      else video(Buffer.from('bytes'))(request, response)
    })
    await world.insert({}, 3)
    await world.archiver.start()
    await world.until('KEPT')
    expect((await world.job()).outputs.map(({ kept }) => kept?.key ?? null)).toEqual([
      `${id}/0.mp4`,
      null,
      `${id}/2.mp4`,
    ])
    expect(await world.messages()).toEqual([
      'Output 1 of 3 kept.',
      'Output 3 of 3 kept.',
      'Gave up archiving the rest: its host answers with HTTP 410.',
    ])
    expect(world.host.requests.filter(({ url }) => url !== '/1.mp4')).toHaveLength(2)
  })

  it.each([
    ['404', { status: 404 }, 'its host answers with HTTP 404.'],
    ['an error page', { status: 200, type: 'text/html' }, 'it is text/html.'],
    ['no type', { status: 200 }, 'it is of no type.'],
    ['nothing', { status: 200, type: 'video/mp4', body: '' }, 'it is empty.'],
  ])('believes %s only after several tries', async (_name, { status, type, body = 'x' }: Answer, reason) => {
    world.host.answer((_request, response) =>
      response.writeHead(status, type ? { 'content-type': type } : {}).end(body),
    )
    await world.insert()
    const begun = world.clock.now()
    await world.archiver.start()
    await world.until('LOST', 5_000)
    expect(world.host.requests).toHaveLength(6)
    expect(world.clock.now() - begun).toBeGreaterThanOrEqual(5 * minute)
    expect(world.clock.now() - begun).toBeLessThan(10 * minute)
    expect(await world.messages()).toEqual([`Gave up archiving the output: ${reason}`])
    expect(await world.files()).toEqual([])
  })
  interface Answer {
    readonly status: number
    readonly type?: string
    readonly body?: string
  }

  it.each([
    ['announced', { 'content-length': '1000001' }],
    ['counted', {}],
  ])('gives an output up at once whose size, as %s, is above the limit', async (_name, headers) => {
    world.host.answer((_request, response) => {
      response.writeHead(200, { 'content-type': 'video/mp4', ...headers }).write(Buffer.alloc(1_000_000))
      response.write('x') // And it would go on.
    })
    await world.insert()
    await world.archiver.start()
    await world.until('LOST')
    expect(world.host.requests).toHaveLength(1)
    expect(await world.messages()).toEqual([
      'Gave up archiving the output: it is larger than 1 MB (ARCHIVE_MAX_MB).',
    ])
    expect(await world.unfinished().catch(() => [])).toEqual([])
  })

  it('tries an outage again with growing pauses until the vendor has dropped the output', async () => {
    world.host.answer((_request, response) => response.writeHead(503).end())
    const expiresAt = (await world.insert()).outputs[0]?.expiresAt ?? 0
    await world.archiver.start()
    await world.until('LOST', 10 * minute)
    expect(world.clock.now()).toBeGreaterThanOrEqual(expiresAt)
    expect(world.clock.now()).toBeLessThan(expiresAt + 60 * minute)
    // Half an hour apart in the end: 7 days have 336 of them.
    expect(world.host.requests.length).toBeGreaterThan(300)
    expect(world.host.requests.length).toBeLessThan(360)
    expect(await world.messages()).toEqual([
      'Gave up archiving the output: the vendor dropped it before it could be copied.',
    ])
  })

  it('keeps an output after an outage is over', async () => {
    world.host.answer((request, response) => {
      if (world.host.requests.length < 9) response.writeHead(500).end()
      else video(Buffer.from('bytes'))(request, response)
    })
    await world.insert()
    await world.archiver.start()
    await world.until('KEPT', minute)
    expect(await world.messages()).toEqual(['Output kept.'])
  })

  it('leaves alone what the vendor dropped before there was an archive', async () => {
    await world.insert({ finishedAt: world.clock.now() - 7 * day })
    await world.archiver.start()
    await world.clock.advance(minute)
    expect(world.host.requests).toHaveLength(0)
    expect((await world.job()).version).toBe(5)
  })

  it('leaves a broken row to whoever repairs it', async () => {
    const { store, archive, clock } = world
    let reads = 0
    const recorder = createRecorder(store, { publish: () => {} })
    const broken = {
      job: () => {
        reads += 1
        throw new JobUnreadableError(id)
      },
    }
    const log = createLog('silent')
    const loop = createLoop({
      kind: 'copy',
      work: store,
      clock,
      log,
      owner: 'me',
      shared: false,
      longestMs: longestPause,
    })
    const options = {
      work: broken,
      recorder,
      source: world.downloads,
      archive,
      loop,
      clock,
      log,
      maxBytes: 1,
    }
    world.archiver = createArchiver(options)
    await world.insert()
    await world.archiver.start()
    await world.clock.advance(day)
    expect(reads).toBe(1)
    expect(loop.size).toBe(0)
  })

  it('copies a large output without holding it in memory', async () => {
    const chunk = Buffer.alloc(65_536, 1)
    const chunks = 3_200 // 210 MB
    world.host.answer((_request, response) => {
      response.writeHead(200, { 'content-type': 'video/mp4' })
      let sent = 0
      const write = () => {
        while (sent < chunks) {
          sent += 1
          if (!response.write(chunk)) return response.once('drain', write)
        }
        return response.end()
      }
      write()
    })
    const before = process.memoryUsage().arrayBuffers
    let most = 0
    async function* watched(body: AsyncIterable<Uint8Array>) {
      for await (const piece of body) {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before)
        yield piece
      }
    }
    world.build({
      maxBytes: chunk.length * chunks,
      change: ({ put }) => ({
        put: (key, { contentType, body }, signal) => put(key, { contentType, body: watched(body) }, signal),
      }),
    })
    await world.insert()
    await world.archiver.start()
    await world.until('KEPT')
    expect((await world.job()).outputs[0]?.kept?.bytes).toBe(chunk.length * chunks)
    expect(most).toBeLessThan(100_000_000) // Garbage included: about a third of it is usual.
  })
})
