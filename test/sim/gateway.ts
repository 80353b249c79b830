import type { Core } from '../../src/app/core.ts'
import type { Archive, OutputSource } from '../../src/archive/archive.ts'
import type { Job } from '../../src/jobs/job.ts'
import type { Claim, History } from '../../src/jobs/work.ts'
import type { Random } from '../support/random.ts'
import type { Disk } from './disk.ts'
import { createLife, type Life } from './life.ts'
import type { Modules } from './modules.ts'
import type { Time, Trace } from './time.ts'
import { apiKey } from './vendor/api.ts'
import type { Wire } from './vendor/wire.ts'

/** The machine that a gateway runs on: its clock may be wrong, and stays so over a restart. */
export interface Machine {
  offsetMs: number
}

/** What the seed says of the gateway. */
export interface GatewayPlan {
  readonly pollSeconds: number
  readonly deadlineMinutes: number
  readonly limits: { readonly videosPerMinute: number; readonly concurrency: number }
  readonly callbacks: boolean
  readonly archived: boolean
}

/** Where outputs are copied, as long as the simulator lasts. */
export interface ArchivePort {
  readonly archive: Archive
  readonly source: OutputSource
}

export interface Gateway {
  readonly life: Life
  readonly core: Core
  /** Whether it has begun to stop. */
  readonly stopping: boolean
  /** What is still open: all zero once it has stopped. */
  readonly open: () => { readonly listeners: number; readonly steps: number; readonly timers: number }
  stop(): Promise<void>
}

export interface GatewayOptions {
  readonly modules: Modules
  readonly plan: GatewayPlan
  readonly disk: Disk
  readonly wire: Wire
  readonly archive: ArchivePort
  readonly machine: Machine
  readonly time: Time
  readonly random: Random
  readonly trace: Trace
  /** Told every line of its log. */
  readonly onLine: (line: string) => void
}

/** The address under which the vendor calls back. */
export const callbackUrl = (jobId: string, token: string): string => `https://gateway.test/${jobId}/${token}`

const baseUrl = 'https://vendor.test'

/** Starts one process: the whole gateway below its sockets, behind the fence of its life. */
export function startGateway(options: GatewayOptions): Gateway {
  const { modules, plan, disk, wire, archive, machine, time, random, trace } = options
  const life = createLife()
  let timers = 0
  let stopping = false
  const clock = {
    now: () => Math.floor(time.now() + machine.offsetMs),
    after(ms: number, run: () => void) {
      timers += 1
      let open = true
      const close = () => {
        if (open) timers -= 1
        open = false
      }
      const cancel = time.after(ms, () => {
        close()
        if (!life.dead) run()
      })
      return () => {
        close()
        cancel()
      }
    },
  }
  const { history, jobOf } = attributed(disk.historyOf(life))
  const { fetch, breakOff } = wire.fetchOf(life, jobOf, modules.NotSentError)
  const bus = modules.createMemoryEvents()
  const core = modules.createCore({
    config: {
      vendor: { baseUrl, apiKey, pollSeconds: plan.pollSeconds, tier: 'bronze', limits: plan.limits },
      jobs: { deadlineMinutes: plan.deadlineMinutes },
    },
    history,
    events: { ...bus, publish: (job: Job) => void (life.dead || bus.publish(job)) },
    shared: false,
    clock,
    random: random.bytes,
    fetch,
    log: modules.createLog('info', { write: options.onLine }),
    callbackUrl: plan.callbacks ? callbackUrl : null,
    archive: plan.archived ? { ...fenced(archive, life), maxBytes: 1_000_000 } : null,
    stepsMs: 6_000,
    breakOff,
  })
  trace.line('gateway', 'starts')
  core
    .work()
    .then(core.checkVendor)
    .catch((error: unknown) => {
      // The program ends with a sentence, and whoever runs it starts it again.
      trace.line('gateway', `cannot start: ${error instanceof Error ? error.message : String(error)}`)
      life.kill()
    })

  return {
    life,
    core,
    get stopping() {
      return stopping
    },
    open: () => ({ listeners: bus.listeners, steps: core.steps(), timers }),
    async stop() {
      stopping = true
      trace.line('gateway', 'stops')
      await core.stop()
      bus.close(new modules.StoppingError())
      trace.line('gateway', 'stopped')
    },
  }
}

/** The archive of one process: what a dead one had begun comes to nothing. */
function fenced({ archive, source }: ArchivePort, life: Life): ArchivePort {
  const through = <Args extends unknown[], T>(act: (...args: Args) => Promise<T>) => {
    return (...args: Args): Promise<T> => life.guard(Promise.resolve(life.cross(() => act(...args))))
  }
  return {
    archive: {
      ...archive,
      put: through(archive.put),
      remove: through(archive.remove),
      check: through(archive.check),
      recover: through(archive.recover),
    },
    source: { fetch: through(source.fetch) },
  }
}

/**
 * The same history, and for which job a submission is that leaves: of equal requests those that were claimed first leave
 * first, and the network cannot tell them apart.
 */
function attributed(history: History) {
  const claimed = new Map<string, string[]>()
  const last = new Map<string, string>()
  const keyOf = (path: string, input: Readonly<Record<string, unknown>>) =>
    `${path} ${input['seed']} ${input['prompt']}`
  const noted = (answer: Claim) => {
    if (answer.kind === 'claimed') {
      const { id, model, input } = answer.transition.job
      const key = keyOf(`/api/v3/${model}`, { ...input })
      claimed.set(key, [...(claimed.get(key) ?? []), id])
    }
    return answer
  }
  const { work } = history
  return {
    history: {
      ...history,
      work: { ...work, claim: (request) => work.claim(request).then(noted) },
    } satisfies History,
    jobOf(path: string, body: unknown): string {
      const key = keyOf(path, body as Record<string, unknown>)
      const job = claimed.get(key)?.shift() ?? last.get(key) ?? 'nobody'
      last.set(key, job)
      return job
    },
  }
}
