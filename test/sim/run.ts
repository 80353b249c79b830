import { createRandom } from '../support/random.ts'
import type { HeldPlace } from './disk.ts'
import { type History, isOver } from './history.ts'
import type { Modules } from './modules.ts'
import { drawPlan, type Plan } from './plan.ts'
import type { Breach, RuleName } from './rules.ts'
import { judgeEnd } from './verdict.ts'
import { openWorld, type Scratch } from './world.ts'

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

export function openScratch(modules: Modules): Scratch & { close(): void } {
  const store = modules.openSqliteStore({ file: ':memory:' })
  const leasesOf = store.client.prepare('SELECT count(*) FROM due WHERE owner = ?').pluck()
  const holds = store.client.prepare('SELECT place, until, tried_by, tried_until FROM holds')
  const limit = store.client.prepare(
    'INSERT INTO tenants (id, weight, created_at, running_jobs) VALUES (?, 1, 0, ?)',
  )
  const one = (sql: string) => store.client.prepare(sql).pluck().get() as number | null
  return {
    history: store,
    clear(ownLimits) {
      store.client.exec(
        'DELETE FROM jobs; DELETE FROM changes; DELETE FROM due; DELETE FROM submissions; DELETE FROM turns; DELETE FROM holds; DELETE FROM tenants; DELETE FROM durations',
      )
      for (const [tenant, most] of Object.entries(ownLimits)) limit.run(tenant, most)
    },
    newestTime: () =>
      one(
        'SELECT max(at) FROM (SELECT max(at) AS at FROM changes UNION ALL SELECT max(counted_at) FROM submissions)',
      ),
    holds: () => holds.all() as HeldPlace[],
    leases: (owner) => leasesOf.get(owner) as number,
    open: () => one('SELECT count(*) FROM submissions WHERE ended_at IS NULL') ?? 0,
    close: store.close,
  }
}

/** So long after everything works again the last job has ended, whatever it waited for: a hold, a search, a deadline. */
const settlingMs = 90 * 60_000 // 90 minutes

/** Where a tenant may have few jobs at the vendor, one waits for the end of another's task: all of them may, one by one. */
const turnsOf = ({ gateway, ownLimits, wishes }: Plan): number =>
  gateway.perTenant === null && Object.keys(ownLimits).length === 0 ? 1 : 1 + wishes.length

export interface RunOptions {
  readonly modules: Modules
  readonly scratch: Scratch
  /** How many share the history. */
  readonly gateways?: number
  readonly print?: ((line: string) => void) | null
}

/** One seed: a world in which things go wrong, then one in which all is well, and what the rules say of it. */
export async function runSeed(
  seed: number,
  { modules, scratch, gateways = 1, print = null }: RunOptions,
): Promise<Outcome> {
  const random = createRandom(seed)
  const plan = drawPlan(random.fork('plan'), gateways)
  print?.(JSON.stringify(plan, null, 1))
  scratch.clear(plan.ownLimits)
  const world = openWorld({ seed, random, plan, modules, scratch, print })
  const { time, judge, history, hosts, users, account, wire, faults } = world

  await time.run(time.now() + plan.roughMs, () => false)
  world.calm()
  const settled = () =>
    users.busy() === 0 &&
    hosts.all.every(({ gone, gateway }) => gone || gateway?.stopping === false) &&
    scratch.open() === 0 &&
    [...history.rows.values()].every((job) => isOver(job) && !owesCopy(job, plan))
  const end = time.now() + turnsOf(plan) * (settlingMs + plan.gateway.deadlineMinutes * 60_000)
  if (!(await time.run(end, settled)))
    judge.report('every-job-ends', `${unfinished(history, users.busy())}; ${scratch.open()} submissions`)
  const { exchanges } = wire
  judgeEnd({ plan, judge, history, account, exchanges, told: users.told, starts: hosts.starts })
  await judgeMirrors(world)
  await judgeStop(world)

  for (const { fault } of exchanges) if (fault !== null) faults.note(fault)
  return {
    seed,
    breaches: judge.breaches,
    known: judge.known,
    hash: world.trace.hash(),
    faults: faults.met,
    jobs: history.rows.size + history.deleted.size,
    events: time.events,
  }
}

/** The last crash may be met only now: so long after it all serve again. */
const comingBackMs = 10 * 60_000 // 10 minutes

/** Nothing changes any more: every copy has to be the history, once its client was told that this is all. */
async function judgeMirrors({ mirrors, time, judge }: ReturnType<typeof openWorld>): Promise<void> {
  mirrors.finish()
  if (!(await time.run(time.now() + comingBackMs, () => mirrors.open === 0)))
    judge.report('mirror-whole', `${mirrors.open} are not told that this is all`)
}

/** The last clean stop of each has to leave nothing behind. */
async function judgeStop({ hosts, time, judge }: ReturnType<typeof openWorld>): Promise<void> {
  for (const host of hosts.all) {
    if (host.gone) continue
    const last = host.gateway
    let cleanly: boolean | null = null
    void host.stop(null).then((value) => {
      cleanly = value
    })
    if (!(await time.run(time.now() + 60_000, () => cleanly !== null)))
      judge.report('stop-in-time', 'it does not stop')
    // Whoever died meanwhile could not tidy up.
    if (cleanly === false || last === null) continue
    const { listeners, steps, timers } = last.open()
    if (listeners + steps + timers > 0)
      judge.report('nothing-left', JSON.stringify({ listeners, steps, timers }))
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
