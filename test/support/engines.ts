import { afterEach, beforeEach, expect } from 'vitest'
import type { Hold } from '../../src/jobs/hold.ts'
import type { Job, ListedJob } from '../../src/jobs/job.ts'
import type { Room } from '../../src/jobs/vendor.ts'
import type { ClaimRequest } from '../../src/jobs/work.ts'
import { createEngine, type Engine } from '../../src/worker/engine.ts'
import { createFakeClock } from './fake-clock.ts'
import { sampleJob } from './job.ts'
import { createLogLines } from './log-lines.ts'

/** What an engine stands on: jobs that wait, a vendor, and work that begins and ends as it is told. */
function createGround() {
  const clock = createFakeClock()
  return {
    clock,
    ...createLogLines('debug'),
    /** What holds submissions up. */
    found: [] as readonly Hold[],
    /** What happened, in order. */
    done: [] as string[],
    /** The ids of jobs that wait. */
    waiting: [] as string[],
    /** For how many of them the account has room at the same time. */
    claimsAtOnce: 1,
    claims: [] as ClaimRequest[],
    /** When somebody may start next, as long as that is ahead. */
    until: null as number | null,
    room: { atMost: 99, until: null } as Room,
    sending: async (_job: Job): Promise<void> => {},
    record: async (): Promise<number | null> => clock.now(),
    settle: async (): Promise<void> => {},
    startLoop: async (): Promise<void> => {},
    spread: async (): Promise<void> => {},
    stopLoop: async (): Promise<void> => {},
    poll: async (_job: ListedJob): Promise<number | null> => null,
    /** What the loop does with a job that is due. */
    step: async (_job: ListedJob): Promise<number | null> => null,
  }
}

/** Engines, each on a ground of its own. They are stopped after each test. */
export function useEngine() {
  let ground: ReturnType<typeof createGround>
  let engines: Engine[]
  beforeEach(() => {
    ground = createGround()
    engines = []
  })
  afterEach(async () => {
    await Promise.all(engines.map((engine) => engine.stop()))
    expect(ground.clock.pending).toBe(0)
  })

  return {
    get ground() {
      return ground
    },
    get clock() {
      return ground.clock
    },
    make({ shared = false, drawCallbackToken = null as (() => string) | null } = {}): Engine {
      const { clock, log } = ground
      const note = (what: string) => void ground.done.push(what)
      const engine = createEngine({
        recorder: {
          async settle() {
            note('settle')
            await ground.settle()
          },
          async claim(request) {
            note('claim')
            ground.claims.push(request)
            request.heed?.(ground.found)
            const claimed = ground.waiting
              .splice(0, Math.min(request.atMost ?? 1, ground.claimsAtOnce))
              .flatMap((id) => request.decide(sampleJob({ id })) ?? [])
            const [first, ...others] = claimed
            if (first) return { kind: 'claimed', transitions: [first, ...others] }
            const isAhead = ground.until !== null && ground.until > clock.now()
            return { kind: 'wait', until: isAhead ? ground.until : null }
          },
        },
        steps: { poll: (job) => ground.poll(job) },
        submissions: {
          async send(job) {
            note(`send ${job.id}`)
            await ground.sending(job)
            note(`sent ${job.id}`)
            return { type: 'unknown', message: '' }
          },
          record: () => ground.record(),
        },
        loop: {
          async start(run) {
            note('start loop')
            await ground.startLoop()
            ground.step = run
          },
          wake() {},
          async put() {},
          hold() {},
          giveBack() {},
          holds: () => false,
          async repair() {},
          async spread() {
            note('spread')
            await ground.spread()
          },
          size: 0,
          async stop() {
            note('stop loop')
            await ground.stopLoop()
          },
        },
        health: { maySubmit: () => ground.room },
        holds: {
          start: async () => note('holds start'),
          reading: () => (found) => {
            if (found.length > 0) note(`heed ${found.length}`)
          },
        },
        clock,
        log,
        lease: (now) => ({ owner: 'me', until: now + 9_000 }),
        shared,
        limits: { videosPerMinute: 5, concurrency: 7 },
        drawCallbackToken,
        onStep: () => note('step'),
      })
      engines.push(engine)
      return engine
    },
    async start(...given: Parameters<typeof this.make>): Promise<Engine> {
      const engine = this.make(...given)
      await engine.start()
      await ground.clock.advance(0)
      return engine
    },
    /** What has happened since this was asked last, but for what `names` leaves out. */
    happened(...names: readonly string[]): string[] {
      return ground.done
        .splice(0)
        .filter((what) => names.length === 0 || names.includes(what.split(' ')[0] ?? ''))
    },
  }
}
