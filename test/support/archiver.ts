import { mkdtempSync, rmSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import type { Archive } from '../../src/archive/archive.ts'
import { type Archiver, type CopyLoop, createArchiver } from '../../src/archive/archiver.ts'
import { createDownloads } from '../../src/archive/download.ts'
import { createFolderArchive } from '../../src/archive/folder.ts'
import { longestPause } from '../../src/archive/pauses.ts'
import type { Job } from '../../src/jobs/job.ts'
import { createRecorder } from '../../src/jobs/recorder.ts'
import { createLog, type Logger } from '../../src/log.ts'
import { createLoop } from '../../src/worker/loop.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import { type FileHost, startFileHost } from './file-host.ts'
import { sampleJob } from './job.ts'
import { type OpenStore, stores } from './stores.ts'

export const minute = 60_000
export const day = 24 * 60 * minute
export const id = 'job_00000000000000000000000000'

/** What only ends by being broken off. */
export const silence = (signal?: AbortSignal) =>
  new Promise<never>((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))

async function openSqlite(): Promise<OpenStore> {
  const [sqlite] = stores
  if (!sqlite) throw new Error('there is a store')
  return sqlite.open()
}

/** Archiver, with a real store, folder and host of files for each test, on a fake clock; closed after it. */
export function useArchiver(openStore: () => Promise<OpenStore> = openSqlite) {
  let clock: FakeClock
  let host: FileHost
  let folder: string
  let opened: OpenStore
  let archive: Archive
  let archiver: Archiver
  let downloads: ReturnType<typeof createDownloads>
  let changes: Job[]
  /** Copies: time stands still for them, since their sockets and files take real time. */
  const underWay = { count: 0 }

  beforeEach(async () => {
    clock = createFakeClock()
    host = await startFileHost()
    folder = mkdtempSync(join(tmpdir(), 'wavespeed-keep-'))
    opened = await openStore()
    archive = createFolderArchive(join(folder, 'outputs'))
    downloads = createDownloads({ mayBePrivate: () => true })
    changes = []
    build()
  })
  afterEach(async () => {
    await archiver.stop()
    await downloads.close()
    await host.close()
    await opened.close()
    rmSync(folder, { recursive: true })
    expect(clock.pending).toBe(0)
  })

  /** Another process on the same rows and files, with an archive that `change` makes of the folder. */
  function build({ maxBytes = 1_000_000, change }: BuildOptions = {}) {
    if (change) archive = { ...archive, ...change(archive) }
    const { store } = opened
    const recorder = createRecorder(store, {
      publish(job) {
        changes.push(job)
        archiver.wake(job)
      },
    })
    const log = createLog('silent')
    const loop = createCopyLoop(store, clock, log, underWay)
    archiver = createArchiver({
      work: store.work,
      recorder,
      source: downloads,
      archive,
      loop,
      clock,
      log,
      maxBytes,
    })
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

  const job = async () => (await opened.store.job(id)) ?? sampleJob()
  const eventually = (done: () => boolean | Promise<boolean>, stepMs = 1_000) =>
    clock.until(async () => {
      while (underWay.count > 0) await new Promise((resolve) => setImmediate(resolve))
      return done()
    }, stepMs)

  return {
    get clock() {
      return clock
    },
    get host() {
      return host
    },
    get store() {
      return opened.store
    },
    get archive() {
      return archive
    },
    get downloads() {
      return downloads
    },
    get archiver() {
      return archiver
    },
    set archiver(other: Archiver) {
      archiver = other
    },
    /** Every change that was published, in order. */
    get changes(): readonly Job[] {
      return changes
    },
    /** A path in the archive's folder. */
    path: (...parts: string[]) => join(folder, 'outputs', ...parts),
    build,
    insert,
    removeRow: async () => opened.store.remove(id, () => true, 9_000),
    job,
    /** The timeline's words after the first entry. */
    messages: async () => (await opened.store.timelines([id]))[0]?.map(({ message }) => message).slice(1),
    eventually,
    until: (archived: Job['archived'], stepMs?: number) =>
      eventually(async () => (await job()).archived === archived, stepMs),
    files: async () => (await readdir(join(folder, 'outputs', id)).catch(() => [])).sort(),
    unfinished: () => readdir(join(folder, 'outputs', '.unfinished')),
  }
}

interface BuildOptions {
  readonly maxBytes?: number
  readonly change?: (folder: Archive) => Partial<Archive>
}

/** The loop that says which jobs are due, two at once; it counts what is under way. */
function createCopyLoop(
  store: OpenStore['store'],
  clock: FakeClock,
  log: Logger,
  underWay: { count: number },
): CopyLoop {
  const copies = createLoop({
    kind: 'copy',
    work: store,
    clock,
    log,
    owner: 'me',
    shared: false,
    longestMs: longestPause,
    atOnce: 2,
  })
  return {
    ...copies,
    start: (run) =>
      copies.start((job) => {
        underWay.count += 1
        return run(job).finally(() => {
          underWay.count -= 1
        })
      }),
  }
}
