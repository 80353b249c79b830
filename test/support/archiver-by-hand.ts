import { onTestFinished } from 'vitest'
import { type CopyLoop, createArchiver } from '../../src/archive/archiver.ts'
import type { Job } from '../../src/jobs/job.ts'
import { createLog } from '../../src/log.ts'
import { createFakeClock } from './fake-clock.ts'
import { sampleJob } from './job.ts'

export const day = 24 * 60 * 60_000
export const idOf = (number: number) => `job_${String(number).padStart(26, '0')}`

/** What comes of a download. */
export type Download = 'file' | 'later' | 'lasting'

/**
 * Archiver whose rounds the test begins itself, one by one: rows, source, archive and loop are lists and functions, so
 * that each pause and each question can be counted. `useArchiver` is the real thing.
 */
export function archiveByHand({ shared = false } = {}) {
  const clock = createFakeClock()
  const rows = new Map<string, Job>()
  const said: string[] = []
  const put: string[] = []
  const fetched: string[] = []
  const logged: Record<string, unknown>[] = []
  /** What each part is asked for, which a test may replace. */
  const parts = {
    download: (_url: string): Download => 'file',
    store: async (_key: string, _signal: AbortSignal): Promise<void> => {},
    check: async (): Promise<void> => {},
    remove: async (_id: string, _signal: AbortSignal): Promise<void> => {},
    recover: async (_before: number): Promise<void> => {},
    read: async (id: string): Promise<Job | null> => rows.get(id) ?? null,
    record: async (): Promise<void> => {},
    stopLoop: async (): Promise<void> => {},
    /** What makes the rows due that are still to be copied. */
    repair: async (): Promise<void> => {},
    put: async (id: string): Promise<void> => void put.push(id),
  }
  let step: (job: { readonly id: string }) => Promise<number | null> = async () => null
  const loop: CopyLoop = {
    async start(run) {
      step = run
      await parts.repair()
    },
    put: (id) => parts.put(id),
    repair: () => parts.repair(),
    stop: () => parts.stopLoop(),
  }
  const archiver = createArchiver({
    work: { job: async (id) => parts.read(id) },
    recorder: {
      async change(id, decide) {
        await parts.record()
        const before = rows.get(id)
        if (!before) return null
        const made = decide(before)
        if (made) {
          rows.set(id, made.job)
          said.push(made.entry.message)
        }
        return { before, after: made?.job ?? null }
      },
    },
    source: {
      async fetch(url) {
        fetched.push(url)
        const kind = parts.download(url)
        if (kind !== 'file') return { kind: 'failed', lasting: kind === 'lasting', message: `${kind}.` }
        const body = (async function* () {
          yield new Uint8Array(10)
        })()
        return { kind: 'file', file: { contentType: 'video/mp4', length: 10, body, cancel() {} } }
      },
    },
    archive: {
      async put(key, { body }, signal) {
        for await (const _ of body);
        await parts.store(key, signal)
      },
      read: async () => new Uint8Array(),
      locate: async () => null,
      check: () => parts.check(),
      remove: (...asked) => parts.remove(...asked),
      recover: (before) => parts.recover(before),
      close() {},
    },
    loop,
    clock,
    maxBytes: 1_000,
    log: createLog('info', { write: (line: string) => void logged.push(JSON.parse(line)) }),
    shared,
  })
  onTestFinished(() => archiver.stop())

  return {
    clock,
    rows,
    parts,
    archiver,
    /** What the timelines were told. */
    said,
    /** The jobs that were said to be due now. */
    put,
    fetched,
    logged,
    /** A completed job with so many outputs, of which none is kept. */
    insert(number = 0, outputs = 1, lastsMs = 7 * day): Job {
      const job = sampleJob({
        id: idOf(number),
        state: 'COMPLETED',
        outputs: Array.from({ length: outputs }, (_, index) => ({
          url: `https://host.example.com/${number}/${index}.mp4`,
          nsfw: null,
          expiresAt: clock.now() + lastsMs,
        })),
      })
      rows.set(job.id, job)
      return job
    },
    /** One turn of a job: how many milliseconds later it is due again; null if it is done. */
    async turn(number = 0): Promise<number | null> {
      const next = await step({ id: idOf(number) })
      return next === null ? null : next - clock.now()
    },
  }
}

/** Turns of the first job, each when it is due; how long each pause was, and null at the end. */
export async function turns(
  world: ReturnType<typeof archiveByHand>,
  most: number,
): Promise<(number | null)[]> {
  const pauses: (number | null)[] = []
  while (pauses.length < most && pauses.at(-1) !== null) {
    const next = await world.turn()
    pauses.push(next)
    if (next !== null) await world.clock.advance(next)
  }
  return pauses
}
