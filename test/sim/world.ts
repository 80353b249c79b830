import type { History as Recorded } from '../../src/jobs/work.ts'
import type { Random } from '../support/random.ts'
import { createArchiveWorld } from './archive.ts'
import { type Bus, createBus } from './bus.ts'
import { withCommits } from './commits.ts'
import { createDisk, type Disk, type HeldPlace } from './disk.ts'
import { type Gateway, type Machine, startGateway } from './gateway.ts'
import { createHistory, type History } from './history.ts'
import { createHosts, type Hosts } from './hosts.ts'
import { happen } from './incidents.ts'
import { startMirrors } from './mirrors.ts'
import type { Modules } from './modules.ts'
import { type Incident, isSet, isUnhindered, type Plan } from './plan.ts'
import { createJudge, type Judge } from './rules.ts'
import { createTime, createTrace, type Trace } from './time.ts'
import { startUsers } from './users.ts'
import type { Account } from './vendor/account.ts'
import { apiKey, webhookSecret } from './vendor/api.ts'
import { createVendor } from './vendor-side.ts'

/** A history that is emptied between runs: to open one takes longer than a run. */
export interface Scratch {
  readonly history: Recorded
  clear(ownLimits: Plan['ownLimits']): void
  /** The time of the last change, as a start asks for it. */
  newestTime(): number | null
  /** How much work this owner has leased. */
  leases(owner: string): number
  /** What holds submissions up. */
  holds(): readonly HeldPlace[]
  /** Submissions of which it is not known yet what became of them. */
  open(): number
}

/** How much later than it was decided a change may be written: the history may be busy, or elsewhere. */
const writtenMs = 60_000

const start = Date.UTC(2026, 0, 1)
const machineOf = (): Machine => ({ offsetMs: 0, begun: [] })

/** Everything that a run is about, with what is going to happen to it, from the moment on that its time runs. */
export function openWorld(options: {
  readonly seed: number
  readonly random: Random
  readonly plan: Plan
  readonly modules: Modules
  readonly scratch: Scratch
  readonly print: ((line: string) => void) | null
}) {
  const { seed, random, plan, modules, scratch, print } = options
  const time = createTime(start)
  const trace = createTrace(time, print)
  const judge = createJudge(({ rule, detail }) => trace.line('RULE', `${rule}: ${detail}`))
  const met = new Map<string, number>()
  const note = (name: string) => void met.set(name, (met.get(name) ?? 0) + 1)

  const machines = Array.from({ length: plan.gateways }, machineOf)
  const database = machineOf()
  const bus = createBus({ time, random: random.fork('bus'), trace, maxBytes: plan.longestMessage })
  let made: Account | null = null
  const history = createHistory({
    clockIsSet: isSet(plan),
    mostRunning: (tenant) => plan.ownLimits[tenant] ?? plan.gateway.perTenant,
    judge,
    trace,
    now: time.now,
    tasks: () => made?.tasks ?? new Map(),
    // They take a step of the database's clock over one after the other, and one back only when they begin.
    latestMs: writtenMs + setMs(plan),
  })
  const { account, wire } = createVendor({
    plan,
    time,
    trace,
    judge,
    history,
    seed,
    // By whose clock the gateways go.
    machine: plan.gateways > 1 ? database : (machines[0] as Machine),
    hosts: () => hosts,
  })
  made = account
  const { observer, commits } = withCommits(history, time.now)
  const disk = createDisk({
    history: scratch.history,
    holds: scratch.holds,
    distant: plan.distant,
    time,
    random: random.fork('disk'),
    trace,
    observer,
    Unavailable: modules.HistoryUnavailableError,
  })
  const diskIsSound = !plan.incidents.some(({ kind }) => kind === 'disk')
  const archive = createArchiveWorld(time, random.fork('archive'))
  const gateway = {
    modules,
    plan: plan.gateway,
    disk,
    wire,
    archive: archive.port,
    shared: plan.gateways > 1 ? { bus, database } : null,
    newestTime: scratch.newestTime,
    leases: scratch.leases,
    time,
    random: random.fork('gateway'),
    trace,
    onLine: (line: string) => judgeLine(line, judge, history, trace),
  }
  const hosts: Hosts = createHosts({
    count: plan.gateways,
    random: random.fork('balancer'),
    start: (index) => (life) => startGateway({ ...gateway, machine: machines[index] as Machine }, life),
    host: {
      time,
      trace,
      onStopped: (stopped, ms) => judgeStopped(stopped, ms, plan, judge),
    },
  })
  const users = startUsers({
    wishes: plan.wishes,
    // What is told after a commit without an answer is the job as it stands, and answers from afar may overtake each other.
    inOrder: diskIsSound && !plan.distant && plan.gateways === 1,
    unhindered: isUnhindered(plan),
    modules,
    hosts,
    history,
    judge,
    time,
    random: random.fork('users'),
    trace,
  })
  const mirrors = startMirrors({
    ...{ plan, modules, hosts, commits, judge, time, trace },
    random: random.fork('mirrors'),
  })

  wire.faults = plan.wireFaults
  archive.faults = plan.archiveFaults
  for (const incident of plan.incidents) {
    time.after(incident.at, () =>
      happen(incident, { hosts, disk, wire, bus, machines, database, time, trace, note }),
    )
  }
  return {
    time,
    trace,
    judge,
    history,
    account,
    wire,
    hosts,
    users,
    mirrors,
    /** What went wrong on purpose, by its name. */
    faults: { met, note },
    /** From here on everything works. */
    calm: () => calm({ wire, disk, bus, archive }),
  }
}

type Troubled = {
  readonly wire: ReturnType<typeof createVendor>['wire']
  readonly disk: Disk
  readonly bus: Bus
  readonly archive: ReturnType<typeof createArchiveWorld>
}

function calm({ wire, disk, bus, archive }: Troubled): void {
  Object.assign(wire, { weather: 'fine', faults: 0 })
  Object.assign(disk, { trouble: 'none', endsTry: null })
  bus.trouble = 'none'
  archive.faults = 0
}

/** By how much the clock was set in all that several gateways go by. */
function setMs({ incidents }: Plan): number {
  return incidents.reduce(
    (sum, incident) =>
      incident.kind === 'jump' && incident.of === 'database' ? sum + Math.abs(incident.ms) : sum,
    0,
  )
}

function judgeStopped(stopped: Gateway, ms: number, plan: Plan, judge: Judge): void {
  const met = (kind: Incident['kind']) => plan.incidents.some((incident) => incident.kind === kind)
  if (ms >= 10_000 && !met('freeze')) judge.report('stop-in-time', `${ms} ms`)
  // A lease that could not be given back lasts until it ends, or until the next start.
  const { leases } = stopped.open()
  if (leases > 0 && !met('disk')) judge.report('nothing-left', `${leases} leases`)
}

/** Log lines that say that something nobody foresaw has happened. */
const unforeseen = /"level":(50|60)/
const foreseenErrors =
  /HISTORY_UNAVAILABLE|the archive|submissions pause|the vendor refuses the key|is not the vendor/

function judgeLine(line: string, judge: Judge, history: History, trace: Trace): void {
  trace.line('log', /"msg":"([^"]*)"/.exec(line)?.[1] ?? '')
  for (const secret of [apiKey, webhookSecret, ...history.tokens]) {
    if (line.includes(secret)) judge.report('secrets-stay', line.slice(0, 200))
  }
  if (unforeseen.test(line) && !foreseenErrors.test(line)) judge.report('errors-foreseen', line.slice(0, 600))
}
