import { createRandom } from '../support/random.ts'
import type { Machine } from './gateway.ts'
import { type History, isOver } from './history.ts'
import type { Hosts } from './hosts.ts'
import { isHindering, mayDisagree, type Plan } from './plan.ts'
import type { Judge } from './rules.ts'
import type { Time, Trace } from './time.ts'
import { type Account, createAccount, type Exceeded, isOverdue } from './vendor/account.ts'
import { createApi } from './vendor/api.ts'
import { createVendorCallbacks, type Delivery } from './vendor/callbacks.ts'
import { createWire, type Wire } from './vendor/wire.ts'

/** The vendor, its network and its callbacks, around one account. */
export function createVendor(options: {
  readonly plan: Plan
  readonly time: Time
  readonly trace: Trace
  readonly judge: Judge
  readonly history: History
  readonly seed: number
  readonly machine: Machine
  readonly hosts: () => Hosts
}): { readonly account: Account; readonly wire: Wire } {
  const { plan, time, trace, judge, history, seed, machine, hosts } = options
  const random = createRandom(seed).fork('vendor')
  const beganAt = time.now()
  const callBack = createVendorCallbacks({
    plan: plan.calls,
    time,
    random: random.fork('callbacks'),
    trace,
    bodyOf: (task) => api.callback(task),
    deliver: (delivery) => deliver(delivery, hosts(), judge, history),
  })
  const account = createAccount({
    plan: plan.account,
    time,
    random: random.fork('account'),
    trace,
    onEnd: callBack,
    onExceeded: (exceeded) => judgeLimits(exceeded, { plan, judge, history, machine, now: time.now() }),
  })
  const api = createApi({ account, plan: plan.account, time, random: random.fork('api') })
  const wire = createWire({
    answer: api.answer,
    time,
    skewMs: plan.account.skewMs,
    connectMs: plan.connectMs,
    onTwice: (prediction) =>
      areLeasesSure(plan, time.now() - beganAt) && judge.report('one-asks', prediction),
    random: random.fork('wire'),
    trace,
  })
  return { account, wire }
}

/** Brings a callback to a gateway, as the route of its server does; answers whether it was taken. */
async function deliver(delivery: Delivery, hosts: Hosts, judge: Judge, history: History): Promise<boolean> {
  if (!hosts.serve) return false
  const [, jobId = '', token = ''] = new URL(delivery.url).pathname.split('/')
  const before = history.rows.get(jobId)?.version
  const reply = await hosts.ask(async ({ webhooks }) => {
    if (!(await webhooks.isExpected(jobId, token))) return 'unexpected'
    return webhooks.receive(jobId, token, {
      id: delivery.id,
      timestamp: delivery.timestamp,
      signature: delivery.signature,
      body: Buffer.from(delivery.body),
    })
  })
  const verdict = reply.kind === 'answered' ? reply.value : reply.kind
  const taken = verdict === 'recorded' || verdict === 'unchanged'
  const refused = verdict === 'forged' || verdict === 'otherPrediction' || verdict === 'unreadable'
  const job = history.rows.get(jobId)
  if (!delivery.forged && refused && job && !history.hasTwin(job)) {
    judge.report('callback-taken', `${jobId} v${before}: ${verdict}`)
  }
  if (delivery.forged && taken) judge.report('callback-proves', `${jobId} v${before} takes a forged one`)
  return taken
}

/** Whether every lease in use has been renewed in time until now, by clocks that agree. */
const areLeasesSure = ({ incidents }: Plan, afterMs: number) =>
  !incidents.some(
    (one) => one.at <= afterMs && (isHindering(one) || (one.kind === 'jump' && one.of === 'database')),
  )

/** A submission beyond the limits: whether the gateway could have known. */
function judgeLimits(
  { limit, taken, sentAt }: Exceeded,
  {
    plan,
    judge,
    history,
    machine,
    now,
  }: { plan: Plan; judge: Judge; history: History; machine: Machine; now: number },
): void {
  // A user had the vendor delete what it still works on: nobody can ask after that any more.
  if (limit === 'concurrency' && taken.some(({ deleted }) => deleted)) return
  const jumped = plan.incidents.some(({ kind }) => kind === 'jump')
  if (beganAhead(machine, now - 2 * minute)) return
  // Gateways then begin their minutes at different times (decision 0016).
  if (plan.gateways > 1 && mayDisagree(plan)) return
  // Nor can anybody call back what arrives long after it was given up.
  if (isOverdue({ createdAt: now, sentAt })) return
  const most = limit === 'rate' ? plan.account.limits.videosPerMinute : plan.account.limits.concurrency
  // Whoever has waited that long cannot know that the vendor counts it from now on.
  if (taken.filter((task) => !isOverdue(task)).length < most) return
  const counted = taken.filter(({ job, createdAt, sentAt }) => {
    const row = history.rows.get(job)
    if (!row || isLate(createdAt, sentAt) || history.hasTwin(row)) return false
    return limit === 'rate' || !isOver(row)
  })
  const known = counted.length >= most && !isLate(now, sentAt)
  const rule = jumped ? 'account-limits-over-jumps' : known ? 'account-limits' : 'account-limits-at-vendor'
  judge.report(rule, `${limit} at ${new Date(now).toISOString()}`)
}

const minute = 60_000

/**
 * Whether a process began since then by a clock that had been set forward: to that process this is time in which none ran,
 * and what was sent before is long past.
 */
function beganAhead({ begun }: Machine, since: number): boolean {
  return begun.some(({ at, offsetMs }, index) => at >= since && offsetMs > (begun[index - 1]?.offsetMs ?? 0))
}

/** The gateway cannot know that a request was so long on its way. */
const isLate = (arrivedAt: number, sentAt: number) => arrivedAt - sentAt > 900
