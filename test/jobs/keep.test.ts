import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDownloads } from '../../src/archive/download.ts'
import { createFolderArchive } from '../../src/archive/folder.ts'
import { JobUnreadableError } from '../../src/errors.ts'
import { createJournal } from '../../src/jobs/journal.ts'
import { createKeeping, type Keeping } from '../../src/jobs/keep.ts'
import type { Archive, Job, StepQueue } from '../../src/jobs/ports.ts'
import { createLog } from '../../src/log.ts'
import { createEmbeddedQueue } from '../../src/queue/embedded.ts'
import { eventually as inRealTime } from '../support/eventually.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { type FileHost, sampleBytes, stalling, startFileHost, video } from '../support/file-host.ts'
import { sampleJob } from '../support/job.ts'
import { type OpenStore, stores } from '../support/stores.ts'

const minute = 60_000
const day = 24 * 60 * minute
const id = 'job_00000000000000000000000000'

describe('keeping', () => {
  let clock: FakeClock
  let host: FileHost
  let folder: string
  let opened: OpenStore
  let archive: Archive
  let keeping: Keeping
  let downloads: ReturnType<typeof createDownloads>
  let changes: Job[]
  /** Copies under way: time stands still for them, since their sockets and files take real time. */
  let busy = 0

  beforeEach(async () => {
    clock = createFakeClock()
    host = await startFileHost()
    folder = mkdtempSync(join(tmpdir(), 'wavespeed-keep-'))
    const [sqlite] = stores
    if (!sqlite) throw new Error('there is a store')
    opened = sqlite.open()
    archive = createFolderArchive(join(folder, 'outputs'))
    downloads = createDownloads({ mayBePrivate: () => true })
    changes = []
    build()
  })
  afterEach(async () => {
    await keeping.stop()
    await downloads.close()
    await host.close()
    opened.close()
    rmSync(folder, { recursive: true })
    expect(clock.pending).toBe(0)
  })

  /** Another process on the same rows and files. */
  function build(maxBytes = 1_000_000) {
    const { store } = opened
    const journal = createJournal(store, {
      publish(job) {
        changes.push(job)
        keeping.nudge(job)
      },
    })
    const embedded = createEmbeddedQueue(clock, 2)
    const queue: StepQueue = {
      ...embedded,
      start: (run) =>
        embedded.start((key) => {
          busy += 1
          return run(key).finally(() => {
            busy -= 1
          })
        }),
    }
    const log = createLog('silent')
    keeping = createKeeping({ store, journal, source: downloads, archive, queue, clock, log, maxBytes })
  }

  async function insert(change: Partial<Job> = {}, outputs = 1) {
    const job = sampleJob({
      id,
      state: 'COMPLETED',
      version: 5,
      finishedAt: clock.now(),
      outputs: Array.from({ length: outputs }, (_, index) => ({
        url: `${host.url}/${index}.mp4`,
        nsfw: null,
        expiresAt: clock.now() + 7 * day,
      })),
      ...change,
    })
    await opened.store.insert(job, { version: 5, at: job.updatedAt, state: job.state, message: 'Completed.' })
    return job
  }
  const removeRow = async () => opened.store.remove(id, () => true)
  /** What only ends by being broken off. */
  const silence = (signal?: AbortSignal) =>
    new Promise<never>((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  const job = async () => (await opened.store.job(id)) ?? sampleJob()
  const messages = async () => (await opened.store.timelines([id]))[0]?.map(({ message }) => message).slice(1)
  const eventually = (done: () => boolean | Promise<boolean>, stepMs = 1_000) =>
    clock.until(async () => {
      while (busy > 0) await new Promise((resolve) => setImmediate(resolve))
      return done()
    }, stepMs)
  const until = (archived: Job['archived'], stepMs?: number) =>
    eventually(async () => (await job()).archived === archived, stepMs)
  const files = async () => (await readdir(join(folder, 'outputs', id)).catch(() => [])).sort()

  it('begins with what the rows say, and copies each output once', async () => {
    const bytes = sampleBytes(300_000)
    host.answer(video(bytes))
    const before = await insert()
    await keeping.start()
    await until('KEPT')
    expect((await job()).outputs[0]?.kept).toEqual({
      key: `${id}/0.mp4`,
      bytes: 300_000,
      contentType: 'video/mp4',
    })
    expect((await readFile(join(folder, 'outputs', id, '0.mp4'))).equals(bytes)).toBe(true)
    // An event may be late: the row is what counts.
    for (const change of [before, ...changes, before]) {
      keeping.nudge(change)
      await clock.advance(minute)
    }
    keeping.nudge(await insert({ id: 'job_00000000000000000000000001', outputs: [] }))
    await clock.advance(day)
    expect(host.requests).toHaveLength(1)
    expect(await messages()).toEqual(['Output kept.'])
  })

  it.each(['QUEUED', 'PROCESSING', 'FAILED', 'CANCELED'] as const)(
    'leaves a job that is %s alone',
    async (state) => {
      const other = await insert({ state })
      await keeping.start()
      keeping.nudge(other)
      await clock.advance(minute)
      expect(host.requests).toHaveLength(0)
    },
  )

  it('keeps those outputs of a job that it can', async () => {
    host.answer((request, response) => {
      if (request.url === '/1.mp4') response.writeHead(410).end()
      else video(Buffer.from('bytes'))(request, response)
    })
    await insert({}, 3)
    await keeping.start()
    await until('KEPT')
    expect((await job()).outputs.map(({ kept }) => kept?.key ?? null)).toEqual([
      `${id}/0.mp4`,
      null,
      `${id}/2.mp4`,
    ])
    expect(await messages()).toEqual([
      'Output 1 of 3 kept.',
      'Output 3 of 3 kept.',
      'Given up keeping the rest: its host answers with HTTP 410.',
    ])
    expect(host.requests.filter(({ url }) => url !== '/1.mp4')).toHaveLength(2)
  })

  it.each([
    ['404', { status: 404 }, 'its host answers with HTTP 404.'],
    ['an error page', { status: 200, type: 'text/html' }, 'it is text/html.'],
    ['no type', { status: 200 }, 'it is of no type.'],
    ['nothing', { status: 200, type: 'video/mp4', body: '' }, 'it is empty.'],
  ])('believes %s only after several tries', async (_name, { status, type, body = 'x' }: Answer, reason) => {
    host.answer((_request, response) =>
      response.writeHead(status, type ? { 'content-type': type } : {}).end(body),
    )
    await insert()
    const begun = clock.now()
    await keeping.start()
    await until('LOST', 5_000)
    expect(host.requests).toHaveLength(6)
    expect(clock.now() - begun).toBeGreaterThanOrEqual(5 * minute)
    expect(clock.now() - begun).toBeLessThan(10 * minute)
    expect(await messages()).toEqual([`Given up keeping the output: ${reason}`])
    expect(await files()).toEqual([])
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
    host.answer((_request, response) => {
      response.writeHead(200, { 'content-type': 'video/mp4', ...headers }).write(Buffer.alloc(1_000_000))
      response.write('x') // And it would go on.
    })
    await insert()
    await keeping.start()
    await until('LOST')
    expect(host.requests).toHaveLength(1)
    expect(await messages()).toEqual([
      'Given up keeping the output: it is larger than 1 MB (ARCHIVE_MAX_MB).',
    ])
    expect(await readdir(join(folder, 'outputs', '.unfinished')).catch(() => [])).toEqual([])
  })

  it('tries an outage again with growing pauses until the vendor has dropped the output', async () => {
    host.answer((_request, response) => response.writeHead(503).end())
    const expiresAt = (await insert()).outputs[0]?.expiresAt ?? 0
    await keeping.start()
    await until('LOST', 10 * minute)
    expect(clock.now()).toBeGreaterThanOrEqual(expiresAt)
    expect(clock.now()).toBeLessThan(expiresAt + 60 * minute)
    // Half an hour apart in the end: 7 days have 336 of them.
    expect(host.requests.length).toBeGreaterThan(300)
    expect(host.requests.length).toBeLessThan(360)
    expect(await messages()).toEqual([
      'Given up keeping the output: the vendor dropped it before it could be copied.',
    ])
  })

  it('keeps an output after an outage is over', async () => {
    host.answer((request, response) => {
      if (host.requests.length < 9) response.writeHead(500).end()
      else video(Buffer.from('bytes'))(request, response)
    })
    await insert()
    await keeping.start()
    await until('KEPT', minute)
    expect(await messages()).toEqual(['Output kept.'])
  })

  it('never counts a fault of the archive against the output', async () => {
    host.answer(video(Buffer.from('bytes')))
    writeFileSync(join(folder, 'outputs'), 'a file where the folder should be')
    await insert()
    await keeping.start()
    const begun = clock.now()
    await eventually(() => clock.now() - begun >= day, minute)
    expect(host.requests).toHaveLength(1) // A download in vain costs more than a question.
    expect(await keeping.health()).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/cannot be written/),
    })
    rmSync(join(folder, 'outputs'))
    await clock.until(async () => /last copy failed/.test((await keeping.health()).detail ?? ''))
    await until('KEPT', minute)
    expect(await keeping.health()).toEqual({ ok: true })
  })

  it('begins a copy again that a stop broke off, and removes what was left of it', async () => {
    const bytes = sampleBytes(200_000)
    host.answer(stalling(bytes))
    await insert()
    await keeping.start()
    await clock.advance(0)
    await inRealTime(async () =>
      expect(await readdir(join(folder, 'outputs', '.unfinished'))).toHaveLength(1),
    )
    await keeping.stop()
    expect((await job()).archived).toBeNull()
    writeFileSync(join(folder, 'outputs', '.unfinished', 'of-a-crash'), 'half')
    host.answer(video(bytes))
    build()
    await keeping.start()
    expect(await readdir(join(folder, 'outputs'))).toEqual([])
    await until('KEPT')
    expect((await readFile(join(folder, 'outputs', id, '0.mp4'))).equals(bytes)).toBe(true)
    expect(await readdir(join(folder, 'outputs', '.unfinished'))).toEqual([])
  })

  it('leaves alone what the vendor dropped before there was an archive', async () => {
    await insert({ finishedAt: clock.now() - 7 * day })
    await keeping.start()
    await clock.advance(minute)
    expect(host.requests).toHaveLength(0)
    expect((await job()).version).toBe(5)
  })

  it('breaks a copy off for a job that is deleted, and leaves no file of it', async () => {
    host.answer(stalling(sampleBytes(200_000)))
    await insert()
    await keeping.start()
    await clock.advance(0)
    await inRealTime(async () =>
      expect(await readdir(join(folder, 'outputs', '.unfinished'))).toHaveLength(1),
    )
    await keeping.discard(id, removeRow)
    await clock.advance(day)
    expect(host.requests).toHaveLength(1)
    expect(await readdir(join(folder, 'outputs', '.unfinished'))).toEqual([])
    expect(await files()).toEqual([])
  })

  it('gives a removal to which the archive does not answer up after ten seconds', async () => {
    archive = { ...archive, remove: (_id, signal) => silence(signal) }
    build()
    await insert()
    const discarded = expect(keeping.discard(id, removeRow)).rejects.toMatchObject({
      code: 'ARCHIVE_UNAVAILABLE',
      message: expect.stringContaining('(TimeoutError)'),
    })
    await clock.advance(10_000)
    await discarded
    expect((await job()).state).toBe('COMPLETED')
  })

  it.each(['that is discarded', 'that takes an hour', 'at a stop'])(
    'breaks an upload off %s',
    async (when) => {
      host.answer(video(Buffer.from('bytes')))
      let uploads = 0
      const { put } = archive
      archive = {
        ...archive,
        put: (...file) => {
          uploads += 1
          return uploads === 1 ? silence(file[2]) : put(...file)
        },
      }
      build()
      await insert()
      await keeping.start()
      await clock.advance(0)
      await inRealTime(() => expect(uploads).toBe(1))
      if (when === 'that is discarded') {
        await keeping.discard(id, removeRow)
        await clock.advance(day)
        expect(uploads).toBe(1)
      } else if (when === 'that takes an hour') {
        await clock.advance(61 * minute)
        await until('KEPT', minute)
      } else {
        await keeping.stop()
        expect((await job()).archived).toBeNull()
      }
    },
  )

  it('copies nothing of a job while it is removed, and goes on if it stays', async () => {
    host.answer((_request, response) => response.writeHead(503).end())
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const { remove } = archive
    archive = { ...archive, remove: (...args) => gate.then(() => remove(...args)) }
    build()
    await insert()
    await keeping.start()
    await eventually(() => host.requests.length === 1)
    host.answer(video(Buffer.from('bytes')))
    const failed = expect(
      keeping.discard(id, () => Promise.reject(new Error('the row stays'))),
    ).rejects.toThrow('the row stays')
    keeping.nudge(await job())
    await clock.advance(9_000)
    keeping.nudge(await job())
    await clock.advance(500)
    expect(host.requests).toHaveLength(1)
    open()
    await failed
    await until('KEPT')
    expect(await files()).toEqual(['0.mp4'])
  })

  it('leaves a broken row to whoever repairs it', async () => {
    const { store } = opened
    let reads = 0
    const journal = createJournal(store, { publish: () => {} })
    const broken = {
      jobsToKeep: store.jobsToKeep,
      job: () => {
        reads += 1
        throw new JobUnreadableError(id)
      },
    }
    const queue = createEmbeddedQueue(clock, 2)
    const log = createLog('silent')
    const options = { store: broken, journal, source: downloads, archive, queue, clock, log, maxBytes: 1 }
    keeping = createKeeping(options)
    await insert()
    await keeping.start()
    await clock.advance(day)
    expect(reads).toBe(1)
    expect(queue.size).toBe(0)
  })

  it('tells no fault of the archive any more when nothing fails', async () => {
    host.answer(video(Buffer.from('bytes')))
    archive = { ...archive, put: () => Promise.reject(new Error('refused')) }
    build()
    await insert()
    await keeping.start()
    await eventually(async () => /last copy failed/.test((await keeping.health()).detail ?? ''))
    await keeping.discard(id, removeRow)
    expect(await keeping.health()).toEqual({ ok: true })
  })

  it('lets all jobs wait together while the archive refuses them', async () => {
    host.answer(video(Buffer.from('bytes')))
    archive = { ...archive, put: () => Promise.reject(new Error('refused')) }
    build()
    for (let number = 0; number < 10; number += 1) await insert({ id: id.replace(/0$/, String(number)) })
    const begun = clock.now()
    await keeping.start()
    await eventually(() => clock.now() - begun >= 60 * minute)
    // About ten rounds of two; each job by itself would make a hundred.
    expect(host.requests.length).toBeGreaterThan(10)
    expect(host.requests.length).toBeLessThan(40)
  })

  it('asks the archive once in five seconds how it is, however often it is asked', async () => {
    let checks = 0
    archive = {
      ...archive,
      async check() {
        checks += 1
        if (checks === 2) throw new Error('away')
      },
    }
    build()
    const answers = await Promise.all([1, 2, 3].map(() => keeping.health()))
    expect(answers).toEqual([{ ok: true }, { ok: true }, { ok: true }])
    await clock.advance(4_999)
    expect(await keeping.health()).toEqual({ ok: true })
    expect(checks).toBe(1)
    await clock.advance(1)
    expect(await keeping.health()).toMatchObject({ ok: false })
    expect(checks).toBe(2)
  })

  it('removes the file of a job that went while it was copied', async () => {
    host.answer(async (request, response) => {
      await opened.store.remove(id, () => true)
      video(Buffer.from('bytes'))(request, response)
    })
    await insert()
    await keeping.start()
    await clock.advance(0)
    await inRealTime(() => expect(host.requests).toHaveLength(1))
    await eventually(() => clock.pending === 0)
    expect(await files()).toEqual([])
  })

  it('ends a download that only trickles after an hour', async () => {
    host.answer(stalling(Buffer.alloc(10)))
    await insert()
    await keeping.start()
    await clock.advance(0)
    await inRealTime(() => expect(host.requests).toHaveLength(1))
    host.answer(video(Buffer.from('bytes')))
    await clock.advance(61 * minute)
    await until('KEPT', minute)
    expect(host.requests).toHaveLength(2)
  })

  it('copies a large output without holding it in memory', async () => {
    const chunk = Buffer.alloc(65_536, 1)
    const chunks = 3_200 // 210 MB
    host.answer((_request, response) => {
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
    const put = archive.put.bind(archive)
    archive = {
      ...archive,
      put: (key, { contentType, body }, signal) => put(key, { contentType, body: watched(body) }, signal),
    }
    async function* watched(body: AsyncIterable<Uint8Array>) {
      for await (const piece of body) {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before)
        yield piece
      }
    }
    build(chunk.length * chunks)
    await insert()
    await keeping.start()
    await until('KEPT')
    expect((await job()).outputs[0]?.kept?.bytes).toBe(chunk.length * chunks)
    expect(most).toBeLessThan(100_000_000) // Garbage included: about a third of it is usual.
  })
})
