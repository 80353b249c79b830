import { jobErrors } from '../../src/jobs/failure.ts'
import type { Job } from '../../src/jobs/job.ts'
import type { History } from './history.ts'
import { isOver } from './history.ts'
import { type Incident, mayDisagree, type Plan } from './plan.ts'
import type { Told } from './requests.ts'
import type { Judge } from './rules.ts'
import type { Account, Task } from './vendor/account.ts'
import type { Route } from './vendor/api.ts'
import { outputOf } from './vendor/api.ts'
import type { Exchange } from './vendor/wire.ts'

/** How much earlier the answer may have been given that a decision was made on. */
const slackMs = 10_000

export interface World {
  readonly plan: Plan
  readonly judge: Judge
  readonly history: History
  readonly account: Account
  readonly exchanges: readonly Exchange[]
  readonly told: Told
  readonly starts: number
}

/** The rules that are about how everything ended. */
export function judgeEnd(world: World): void {
  const { account, history, told, judge } = world
  const tasks = new Map<string, Task[]>()
  for (const task of account.tasks.values()) tasks.set(task.job, [...(tasks.get(task.job) ?? []), task])
  for (const [id, made] of tasks) {
    if (made.length > 1) judge.report('one-task', `${id} made ${made.map((task) => task.id).join(' and ')}`)
  }
  for (const [id, prompt] of told.created) {
    const job = history.rows.get(id)
    if (job ? job.prompt !== prompt : !told.deleting.has(id)) judge.report('create-lasts', `${id} is lost`)
  }
  for (const { keyed, prompt } of world.plan.wishes) {
    const alone = world.plan.wishes.filter((wish) => wish.prompt === prompt).length === 1
    const made = history.made(prompt)
    if (keyed && alone && made > 1) judge.report('key-one-job', `"${prompt}" made ${made}`)
  }
  for (const job of history.rows.values()) {
    const made = tasks.get(job.id) ?? []
    if (!isOver(job)) judge.report('every-job-ends', `${job.id} is ${job.state}`)
    judgeBill(world, job, made)
    judgeVideo(world, job, made)
    judgeSent(world, job)
    judgeRow(world, job)
  }
  judgePolls(world)
}

function judgeBill({ judge, told, history }: World, job: Job, made: readonly Task[]): void {
  const due = made.filter(({ billed }) => billed)
  const words = job.error ? jobErrors[job.error.code].billed : null
  const free =
    words === 'NO' ||
    words === 'REFUNDED' ||
    told.free.has(job.id) ||
    (job.state === 'CANCELED' && job.submittedAt === null && job.predictionId === null)
  const rule = history.hasTwin(job) ? 'own-task-of-equals' : 'not-billed'
  if (free && due.length > 0 && !history.isRiddle(job))
    judge.report(rule, `${job.id} ${job.state} ${job.error?.code ?? ''}`)
}

function judgeVideo({ judge, plan, history }: World, job: Job, made: readonly Task[]): void {
  const twin = history.hasTwin(job)
  for (const task of made) {
    if (task.status !== 'completed' || task.endedAt === null || job.state === 'CANCELED') continue
    if (job.state === 'COMPLETED' && (twin || job.outputs[0]?.url === outputOf(task))) continue
    const code = job.error?.code
    const ended = history.ended.get(job.id) ?? 0
    const waited = ended - (history.taken.get(job.id) ?? ended)
    const isDue = task.endedAt > ended - slackMs && waited > plan.gateway.deadlineMinutes * 60_000 - slackMs
    const tooLate = code === 'DEADLINE_EXCEEDED' && (isDue || mayDisagree(plan))
    const jumped = plan.incidents.some(({ kind }) => kind === 'jump')
    if (tooLate || history.isRiddle(job)) continue
    if (twin && !jumped) judge.report('own-task-of-equals', `${job.id} is ${code}`)
    else
      judge.report(
        jumped ? 'video-reaches-over-jumps' : 'video-reaches',
        `${job.id} is ${job.state} ${code ?? ''}, ${task.id}`,
      )
  }
}

/** What may come between the note that a request leaves and its first byte, or keep the note from being written. */
const brokenBy: ReadonlySet<Incident['kind']> = new Set(['crash', 'disk', 'stop', 'freeze'])

function judgeSent({ judge, plan, exchanges, history }: World, job: Job): void {
  if (job.submittedAt === null && job.error?.code !== 'SUBMISSION_UNKNOWN') return
  if (exchanges.some(({ route, subject, sent }) => route === 'submit' && subject === job.id && sent)) return
  const broken = plan.incidents.some(({ kind }) => brokenBy.has(kind))
  // Nobody can tell what came of a process that died between the note and the first byte.
  if (broken && history.leaving.has(job.id)) return
  const rule = broken ? 'sent-is-sent-over-crashes' : 'sent-is-sent'
  judge.report(rule, `${job.id} ${job.state} ${job.error?.code ?? ''}`)
}

/** Two changes for each try that the vendor put off, and there is a try a minute when it does so for long. */
function judgeRow({ judge, plan, starts }: World, job: Job): void {
  const minutes = (job.updatedAt - job.createdAt) / 60_000
  // Each of several learns by itself for how long it is worth waiting.
  const learning = plan.gateways > 1 ? 8 * (starts - 1) : 0
  if (job.version > 14 + 6 * minutes + learning)
    judge.report('row-bounded', `${job.id} v${job.version} in ${minutes} min`)
}

/** How many polls the cadence allows in `ms`: a tenth of the time waited, between the shortest pause and 30 seconds. */
export function pollsWithin(ms: number, shortestMs: number): number {
  const linear = Math.min(ms, 10 * shortestMs) / shortestMs
  const growing =
    ms > 10 * shortestMs ? Math.log(Math.min(ms, 300_000) / (10 * shortestMs)) / Math.log(1.1) : 0
  return linear + Math.max(growing, 0) + Math.max(ms - 300_000, 0) / 30_000
}

/** What the gateway asks by itself. */
const asked: readonly Route[] = ['result', 'list', 'balance']

/** Requests of a gateway in a minute of an outage, however many jobs there are: the probe of polls, and that of submissions. */
const mostInOutage = 12

function judgePolls({ judge, plan, exchanges, starts }: World): void {
  const polls = new Map<string, number[]>()
  for (const { route, subject, at } of exchanges) {
    if (route === 'result' && subject !== null) polls.set(subject, [...(polls.get(subject) ?? []), at])
  }
  const disturbed = starts + plan.incidents.length
  for (const [id, times] of polls) {
    const life = (times.at(-1) ?? 0) - (times[0] ?? 0)
    const most = 3 * (pollsWithin(life, plan.gateway.pollSeconds * 1_000) + 4 + 3 * disturbed)
    if (times.length > most)
      judge.report('polls-bounded', `${id}: ${times.length} polls in ${life / 1_000} s`)
  }
  const minutes = new Map<number, number>()
  let since: number | null = null
  for (const { at, away, route } of exchanges) {
    // What users and callbacks ask for is another matter.
    if (!asked.includes(route)) continue
    since = away ? (since ?? at) : null
    // At first nobody knows that it is one.
    if (since === null || at - since < 5 * 60_000) continue
    const minute = Math.floor(at / 60_000)
    minutes.set(minute, (minutes.get(minute) ?? 0) + 1)
  }
  const worst = Math.max(0, ...minutes.values())
  // A process that starts in the middle of it has to find out anew.
  if (worst > mostInOutage * plan.gateways + 8 * (starts - plan.gateways))
    judge.report('outage-bounded', `${worst} requests in a minute`)
}
