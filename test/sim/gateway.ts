import type { Core } from '../../src/app/core.ts'
import type { Archive, OutputSource } from '../../src/archive/archive.ts'
import type { SystemClock } from '../../src/jobs/clock.ts'
import type { Job } from '../../src/jobs/job.ts'
import type { Claim, History } from '../../src/jobs/work.ts'
import type { Logger } from '../../src/log.ts'
import type { Random } from '../support/random.ts'
import type { Bus } from './bus.ts'
import type { Disk } from './disk.ts'
import type { Life } from './life.ts'
import type { Modules } from './modules.ts'
import type { Time, Trace } from './time.ts'
import { apiKey } from './vendor/api.ts'
import type { Wire } from './vendor/wire.ts'

/** A machine that a gateway runs on, or the database: its clock may be wrong, and stays so over a restart. */
export interface Machine {
  offsetMs: number
  /** What it was when a process began by it, and when that was: nobody told the process that it had been set before. */
  begun: { readonly at: number; readonly offsetMs: number }[]
}

/** What the seed says of the gateway. */
export interface GatewayPlan {
  readonly pollSeconds: number
  readonly deadlineMinutes: number
  readonly limits: { readonly videosPerMinute: number; readonly concurrency: number }
  /** Jobs at the vendor of each tenant of which nothing else is said; null for no limit but the account's. */
  readonly perTenant: number | null
  readonly callbacks: boolean
  readonly archived: boolean
  /** How long it is known which jobs were deleted; a part of a day here. */
  readonly changesDays: number
}

/** Where outputs are copied, as long as the simulator lasts. */
export interface ArchivePort {
  readonly archive: Archive
  readonly source: OutputSource
}

/** What several gateways have in common besides the history. */
export interface Shared {
  readonly bus: Bus
  readonly database: Machine
}

export interface Gateway {
  readonly life: Life
  readonly core: Core
  /** Whether it has begun to stop. */
  readonly stopping: boolean
  /** Resolves when it begins to stop: its server ends the streams of clients then. */
  readonly stops: Promise<void>
  /** What is still open: all zero once it has stopped. */
  readonly open: () => {
    readonly listeners: number
    readonly steps: number
    readonly timers: number
    readonly leases: number
  }
  stop(): Promise<void>
}

export interface GatewayOptions {
  readonly modules: Modules
  readonly plan: GatewayPlan
  readonly disk: Disk
  readonly wire: Wire
  readonly archive: ArchivePort
  readonly machine: Machine
  /** Null where one has the history to itself. */
  readonly shared: Shared | null
  /** How much work is leased to this owner. */
  readonly leases: (owner: string) => number
  /** The newest time in the history. */
  readonly newestTime: () => number | null
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
export async function startGateway(options: GatewayOptions, life: Life): Promise<Gateway> {
  const { modules, plan, disk, wire, archive, random, trace } = options
  const { system, timers } = systemOf(options, life)
  let stopping = false
  let endStreams = () => {}
  const stops = new Promise<void>((resolve) => {
    endStreams = resolve
  })
  const log = modules.createLog('info', { write: options.onLine })
  const { history, jobOf, owners } = attributed(disk.historyOf(life))
  const { clock, events, close } = await openBackends(options, life, { history, log, system })
  const { fetch, breakOff } = wire.fetchOf(life, jobOf, modules.NotSentError)
  const core = modules.createCore({
    config: {
      vendor: { baseUrl, apiKey, pollSeconds: plan.pollSeconds, tier: 'bronze', limits: plan.limits },
      tenants: { runningJobs: plan.perTenant },
      jobs: { deadlineMinutes: plan.deadlineMinutes, changesDays: plan.changesDays },
    },
    history,
    events: { ...events, publish: (job: Job) => void (life.dead || events.publish(job)) },
    shared: options.shared !== null,
    clock,
    random: random.bytes,
    fetch,
    log,
    callbackUrl: plan.callbacks ? callbackUrl : null,
    archive: plan.archived ? { ...fenced(archive, life), maxBytes: 1_000_000 } : null,
    stepsMs: 6_000,
    writesMs: 8_000,
    breakOff,
  })
  // It listens from here on: a start that fails ends a process that was asked already.
  core
    .work()
    .then(core.checkVendor)
    .catch((error: unknown) => {
      trace.line('gateway', `cannot start: ${error instanceof Error ? error.message : String(error)}`)
      life.kill()
    })

  return {
    life,
    core,
    stops,
    get stopping() {
      return stopping
    },
    open: () => ({
      listeners: events.listeners,
      steps: core.steps(),
      timers: timers(),
      leases: [...owners].reduce((sum, owner) => sum + options.leases(owner), 0),
    }),
    async stop() {
      stopping = true
      endStreams()
      trace.line('gateway', 'stops')
      await core.stop()
      await close()
      trace.line('gateway', 'stopped')
    },
  }
}

/** The clock and the timers of a machine, for one process: they reach it as long as it lives. */
function systemOf({ machine, time }: GatewayOptions, life: Life) {
  let timers = 0
  const system: SystemClock = {
    now: () => Math.floor(time.now() + machine.offsetMs),
    elapsed: time.now,
    after(ms, run) {
      timers += 1
      let open = true
      const close = () => {
        if (open) timers -= 1
        open = false
      }
      const cancel = time.after(ms, () =>
        life.reach(() => {
          if (!open) return // It was called off while its process stood still.
          close()
          run()
        }),
      )
      return () => {
        close()
        cancel()
      }
    },
  }
  return { system, timers: () => timers }
}

/** The clock and the events of one process, as the program opens them: by the database's where there are several. */
async function openBackends(
  { modules, machine, shared, newestTime, time }: GatewayOptions,
  life: Life,
  { history, log, system }: { readonly history: History; readonly log: Logger; readonly system: SystemClock },
) {
  const given = { system, log, notBefore: newestTime() }
  const begin = (by: Machine) => void by.begun.push({ at: time.now(), offsetMs: by.offsetMs })
  if (shared === null) {
    begin(machine)
    const opened = modules.openSystemClock(given)
    const events = modules.createMemoryEvents()
    return {
      clock: opened.clock,
      events,
      async close() {
        events.close(new modules.StoppingError())
        opened.close()
      },
    }
  }
  const { bus, database } = shared
  begin(database)
  const timeOf = () => history.ping().then(() => Math.floor(time.now() + database.offsetMs))
  const opened = await modules.openDatabaseClock(timeOf, given)
  const { clock } = opened
  const events = await modules.openSharedEvents({
    open: bus.openFor(life),
    ...history,
    clock,
    log,
    closeMs: 1_000,
  })
  return {
    clock,
    events,
    async close() {
      await events.close(new modules.StoppingError())
      opened.close()
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
 * The same history, whose work it is that is taken, and for which job a submission is that leaves: of equal requests those
 * that were claimed first leave first, and the network cannot tell them apart.
 */
function attributed(history: History) {
  const owners = new Set<string>()
  const claimed = new Map<string, string[]>()
  const last = new Map<string, string>()
  const keyOf = (path: string, input: Readonly<Record<string, unknown>>) =>
    `${path} ${input['seed']} ${input['prompt']}`
  const noted = (answer: Claim) => {
    for (const { job } of answer.kind === 'claimed' ? answer.transitions : []) {
      const { id, model, input } = job
      const key = keyOf(`/api/v3/${model}`, { ...input })
      claimed.set(key, [...(claimed.get(key) ?? []), id])
    }
    return answer
  }
  const { work } = history
  return {
    history: {
      ...history,
      work: {
        ...work,
        take(request) {
          owners.add(request.lease.owner)
          return work.take(request)
        },
        claim(request) {
          owners.add(request.lease.owner)
          return work.claim(request).then(noted)
        },
      },
    } satisfies History,
    /** In whose name it took work. */
    owners: owners as ReadonlySet<string>,
    jobOf(path: string, body: unknown): string {
      const key = keyOf(path, body as Record<string, unknown>)
      const job = claimed.get(key)?.shift() ?? last.get(key) ?? 'nobody'
      last.set(key, job)
      return job
    },
  }
}
