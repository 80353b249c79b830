import type { JobStore } from '../../src/jobs/ports.ts'
import { createRandom } from '../support/random.ts'
import { createArchiveWorld } from './archive.ts'
import { createDisk } from './disk.ts'
import { type Machine, startGateway } from './gateway.ts'
import { createHistory, type History, isOver } from './history.ts'
import { createHost, type Host } from './host.ts'
import { happen } from './incidents.ts'
import type { Modules } from './modules.ts'
import { drawPlan, type Plan } from './plan.ts'
import { type Breach, createJudge, type Judge, type RuleName } from './rules.ts'
import { createTime, createTrace, type Trace } from './time.ts'
import { startUsers } from './users.ts'
import type { Account } from './vendor/account.ts'
import { apiKey, webhookSecret } from './vendor/api.ts'
import { createVendor } from './vendor-side.ts'
import { judgeEnd } from './verdict.ts'

export interface Outcome {
  readonly seed: number
  readonly breaches: readonly Breach[]
  /** How often rules that are off were broken. */
  readonly known: ReadonlyMap<RuleName, number>
  /** Of everything that happened. */
  readonly hash: string
  /** What went wrong on purpose, by its name. */
  readonly faults: ReadonlyMap<string, number>
  readonly jobs: number
  readonly events: number
}

/** A history that is emptied between runs: to open one takes longer than a run. */
export interface Scratch {
  readonly store: JobStore
  clear(): void
  leases(): number
}

export function openScratch(modules: Modules): Scratch & { close(): void } {
  const store = modules.openSqliteStore({ file: ':memory:' })
  return {
    store,
    clear: () => void store.client.exec('DELETE FROM jobs'),
    leases: () =>
      (
        store.client
          .prepare('SELECT count(*) AS count FROM jobs WHERE lease_owner IS NOT NULL AND finished_at IS NULL')
          .get() as { count: number }
      ).count,
    close: store.close,
  }
}

/** So long after everything works again the last job has ended, whatever it waited for: a hold, a search, a deadline. */
const settlingMs = 90 * 60_000 // 90 minutes

const start = Date.UTC(2026, 0, 1)

/** One seed: a world in which things go wrong, then one in which all is well, and what the rules say of it. */
export async function runSeed(
  seed: number,
  modules: Modules,
  scratch: Scratch,
  print: ((line: string) => void) | null = null,
): Promise<Outcome> {
  const random = createRandom(seed)
  const plan = drawPlan(random.fork('plan'))
  const time = createTime(start)
  const trace = createTrace(time, print)
  const judge = createJudge(({ rule, detail }) => trace.line('RULE', `${rule}: ${detail}`))
  const faults = new Map<string, number>()
  const note = (name: string) => faults.set(name, (faults.get(name) ?? 0) + 1)
  scratch.clear()
  print?.(JSON.stringify(plan, null, 1))

  let account: Account | null = null
  const history = createHistory({
    judge,
    trace,
    ownerOf: (id) => account?.tasks.get(id)?.job ?? null,
  })
  const vendor = createVendor({ plan, time, trace, judge, history, seed, host: () => host })
  account = vendor.account
  const { wire } = vendor
  const disk = createDisk({
    store: scratch.store,
    distant: plan.distant,
    time,
    random: random.fork('disk'),
    trace,
    observer: history,
    Unavailable: modules.errors.HistoryUnavailableError,
  })
  const diskIsSound = !plan.incidents.some(({ kind }) => kind === 'disk')
  const machine: Machine = { offsetMs: 0 }
  const archive = createArchiveWorld(time, random.fork('archive'))
  const gatewayRandom = random.fork('gateway')
  const onLine = (line: string) => judgeLine(line, judge, history, trace)
  const host: Host = createHost({
    time,
    trace,
    onStopped(ms) {
      if (ms >= 10_000) judge.report('stop-in-time', `${ms} ms`)
      // A lease that could not be given back lasts until it ends, or until the next start.
      if (diskIsSound && scratch.leases() > 0) judge.report('nothing-left', `${scratch.leases()} leases`)
    },
    start: () =>
      startGateway({
        modules,
        plan: plan.gateway,
        disk,
        wire,
        archive: archive.port,
        machine,
        time,
        random: gatewayRandom,
        trace,
        onLine,
      }),
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
  await time.run(start + plan.roughMs, () => false)
  // From here on everything works.
  Object.assign(wire, { weather: 'fine', faults: 0 })
  disk.trouble = 'none'
  archive.faults = 0
  const settled = () =>
    users.busy() === 0 &&
    host.gateway?.stopping === false &&
    [...history.rows.values()].every((job) => isOver(job) && !owesCopy(job, plan))
  const calm = await time.run(time.now() + settlingMs + plan.gateway.deadlineMinutes * 60_000, settled)
  if (!calm) judge.report('every-job-ends', unfinished(history, users.busy()))
  judgeEnd({
    plan,
    judge,
    history,
    account,
    exchanges: wire.exchanges,
    told: users.told,
    starts: host.starts,
  })

  const last = host.gateway
  let stopped = false
  void host.stop(null).then(() => {
    stopped = true
  })
  if (!(await time.run(time.now() + 60_000, () => stopped))) judge.report('stop-in-time', 'it does not stop')
  const open = last?.open()
  if (open && (open.listeners > 0 || open.steps > 0 || open.timers > 0))
    judge.report('nothing-left', JSON.stringify(open))

  for (const { fault } of wire.exchanges) if (fault !== null) note(fault)
  return {
    seed,
    breaches: judge.breaches,
    known: judge.known,
    hash: trace.hash(),
    faults,
    jobs: history.rows.size + history.deleted.size,
    events: time.events,
  }
}

function owesCopy(
  job: { readonly state: string; readonly archived: string | null; readonly outputs: readonly unknown[] },
  plan: Plan,
) {
  return plan.gateway.archived && job.state === 'COMPLETED' && job.archived === null && job.outputs.length > 0
}

function unfinished(history: History, busy: number): string {
  const open = [...history.rows.values()].filter((job) => !isOver(job) || job.archived === null)
  return `${busy} users wait; ${open.map(({ id, state, version }) => `${id} ${state} v${version}`).join(', ')}`
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
