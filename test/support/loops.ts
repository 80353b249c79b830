import { afterEach, beforeEach, expect } from 'vitest'
import type { ListedJob } from '../../src/jobs/job.ts'
import type { JobWork } from '../../src/jobs/work.ts'
import { createLog } from '../../src/log.ts'
import { createLoop, type Loop, type LoopOptions } from '../../src/worker/loop.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import { openSqliteStore, record, type SqliteStore } from './stores.ts'

type StartOptions = Partial<LoopOptions> & {
  /** What comes of a piece of work: when it is due again, by default never. */
  readonly run?: (job: ListedJob) => Promise<number | null>
}

/** A history and a clock for each test, and loops on them that are stopped after it. */
export function useLoops() {
  let store: SqliteStore
  let clock: FakeClock
  let from: number
  let loops: Loop[]
  let ran: [id: string, at: number][]
  let logged: unknown[]
  beforeEach(() => {
    store = openSqliteStore({ file: ':memory:' })
    clock = createFakeClock()
    from = clock.now()
    loops = []
    ran = []
    logged = []
  })
  afterEach(async () => {
    const stopped = Promise.all(loops.map((loop) => loop.stop()))
    await clock.advance(60_000)
    await stopped
    expect(clock.pending).toBe(0)
    store.close()
  })
  const pass = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve))

  return {
    get store() {
      return store
    },
    get clock() {
      return clock
    },
    /** When the test began. */
    get from() {
      return from
    },
    /** What was done, with the time. */
    get ran() {
      return ran
    },
    get logged() {
      return logged
    },
    ids: () => ran.map(([id]) => id),
    sent: (id: string, inMs = 0) => record(store, { id, state: 'CREATED', updatedAt: from + inMs }),
    /** The same store, of which some methods are replaced. */
    but: (change: Partial<JobWork>): JobWork => ({ ...store, ...change }),
    pass,
    /** The same store, some methods of which take a tenth of a second; what it was asked for, with the times. */
    slow(...names: readonly (keyof JobWork)[]) {
      const calls: [name: string, begun: number, ended: number][] = []
      const work = new Proxy<JobWork>(store, {
        get(target, name) {
          const member: unknown = Reflect.get(target, name)
          if (typeof member !== 'function' || !names.some((one) => one === name)) return member
          return async (...args: unknown[]) => {
            const begun = clock.now() - from
            await pass(100)
            const answer: unknown = await Reflect.apply(member, target, args)
            calls.push([String(name), begun, clock.now() - from])
            return answer
          }
        },
      })
      return { work, calls }
    },
    /** The same store, and when it was asked for what is due. */
    watched() {
      const takes: number[] = []
      const work: JobWork = {
        ...store,
        take(request) {
          takes.push(clock.now() - from)
          return store.take(request)
        },
      }
      return { work, takes }
    },
    make(options: StartOptions = {}): Loop {
      const loop = createLoop({
        kind: 'poll',
        work: store,
        clock,
        log: createLog('debug', { write: (line) => void logged.push(JSON.parse(line)) }),
        owner: 'me',
        shared: false,
        longestMs: 300_000,
        ...options,
      })
      loops.push(loop)
      return loop
    },
    async start(options: StartOptions = {}): Promise<Loop> {
      const loop = this.make(options)
      await loop.start(this.step(options))
      return loop
    },
    step:
      ({ run }: StartOptions) =>
      async (job: ListedJob): Promise<number | null> => {
        ran.push([job.id, clock.now() - from])
        return run?.(job) ?? null
      },
  }
}
