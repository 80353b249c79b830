import type { History as Recorded } from '../../src/jobs/work.ts'
import type { Random } from '../support/random.ts'
import { createArchiveWorld } from './archive.ts'
import { createDisk } from './disk.ts'
import { type Machine, startGateway } from './gateway.ts'
import { createHistory, type History } from './history.ts'
import { createHost, type Host } from './host.ts'
import { happen } from './incidents.ts'
import type { Modules } from './modules.ts'
import type { Plan } from './plan.ts'
import { createJudge, type Judge } from './rules.ts'
import { createTime, createTrace, type Trace } from './time.ts'
import { startUsers } from './users.ts'
import type { Account } from './vendor/account.ts'
import { apiKey, webhookSecret } from './vendor/api.ts'
import { createVendor } from './vendor-side.ts'

/** A history that is emptied between runs: to open one takes longer than a run. */
export interface Scratch {
  readonly history: Recorded
  clear(): void
  leases(): number
  /** Submissions of which it is not known yet what became of them. */
  open(): number
}

const start = Date.UTC(2026, 0, 1)

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

  let made: Account | null = null
  const history = createHistory({ judge, trace, ownerOf: (id) => made?.tasks.get(id)?.job ?? null })
  const { account, wire } = createVendor({ plan, time, trace, judge, history, seed, host: () => host })
  made = account
  const disk = createDisk({
    history: scratch.history,
    distant: plan.distant,
    time,
    random: random.fork('disk'),
    trace,
    observer: history,
    Unavailable: modules.HistoryUnavailableError,
  })
  const diskIsSound = !plan.incidents.some(({ kind }) => kind === 'disk')
  const machine: Machine = { offsetMs: 0 }
  const archive = createArchiveWorld(time, random.fork('archive'))
  const gateway = {
    modules,
    plan: plan.gateway,
    disk,
    wire,
    archive: archive.port,
    machine,
    time,
    random: random.fork('gateway'),
    trace,
    onLine: (line: string) => judgeLine(line, judge, history, trace),
  }
  const host: Host = createHost({
    time,
    trace,
    onStopped(ms) {
      if (ms >= 10_000) judge.report('stop-in-time', `${ms} ms`)
      // A lease that could not be given back lasts until it ends, or until the next start.
      if (diskIsSound && scratch.leases() > 0) judge.report('nothing-left', `${scratch.leases()} leases`)
    },
    start: () => startGateway(gateway),
  })
  const users = startUsers({
    wishes: plan.wishes,
    // What is told after a commit without an answer is the job as it stands, and answers from afar may overtake each other.
    inOrder: diskIsSound && !plan.distant,
    modules,
    host,
    history,
    judge,
    time,
    random: random.fork('users'),
    trace,
  })

  wire.faults = plan.wireFaults
  archive.faults = plan.archiveFaults
  for (const incident of plan.incidents) {
    time.after(incident.at, () => happen(incident, { host, disk, wire, machine, time, trace, note }))
  }
  return {
    time,
    trace,
    judge,
    history,
    account,
    wire,
    host,
    users,
    /** What went wrong on purpose, by its name. */
    faults: { met, note },
    /** From here on everything works. */
    calm() {
      Object.assign(wire, { weather: 'fine', faults: 0 })
      disk.trouble = 'none'
      archive.faults = 0
    },
  }
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
