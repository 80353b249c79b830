import type { Job, JobState } from '../../src/jobs/job.ts'
import type { CommitObserver, HeldPlace } from './disk.ts'
import type { Judge } from './rules.ts'
import type { Trace } from './time.ts'
import { createTurns } from './turns.ts'
import { isOverdue, type Task } from './vendor/account.ts'
import { apiKey, webhookSecret } from './vendor/api.ts'

/** The vendor's words are cut at 500 characters, and have a few of ours before them. */
const longestText = 1_000

/** Everything that was committed, seen from outside of every process. */
export interface History extends CommitObserver {
  /** Each job as it stands. */
  readonly rows: ReadonlyMap<string, Job>
  readonly deleted: ReadonlySet<string>
  /** Jobs of which it was noted that their request was about to leave. */
  readonly leaving: ReadonlySet<string>
  /** Resolves once the job is as wanted, or removed. */
  when(id: string, wanted: (job: Job) => boolean): Promise<void>
  /** When its task became known, and when it ended, by a clock that is always right. */
  readonly taken: ReadonlyMap<string, number>
  readonly ended: ReadonlyMap<string, number>
  /** Whether another job, also one that was deleted, made the same request to the letter: the vendor cannot tell them apart. */
  hasTwin(job: Pick<Job, 'model' | 'input'>): boolean
  /**
   * The same, where nobody can tell whose a task is: one of them was so long on its way that others were sent meanwhile, or two
   * left within a second of one another. They may overtake each other, or be lost, and the vendor's clock is known by the
   * seconds that its answers name. Nor where a clock was set: a process dates its POSTs by its own.
   */
  isRiddle(job: Pick<Job, 'model' | 'input'>): boolean
  /** How many jobs were made with this prompt, retries not counted. */
  made(prompt: string): number
  /** Tokens of callbacks that were given out. */
  readonly tokens: ReadonlySet<string>
}

/** Where each state may lead, besides to itself: the table of docs/job-lifecycle.md, read by a person. */
const next: Readonly<Record<JobState, readonly JobState[]>> = {
  // A callback may tell of a task that the answer to its POST had denied.
  QUEUED: ['SUBMITTING', 'CANCELED', 'CREATED', 'PROCESSING', 'COMPLETED', 'FAILED'],
  SUBMITTING: ['QUEUED', 'CREATED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED'],
  // What the search had found may prove to be another's.
  CREATED: ['PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED', 'SUBMITTING'],
  PROCESSING: ['COMPLETED', 'FAILED', 'CANCELED', 'SUBMITTING'],
  COMPLETED: [],
  FAILED: [],
  CANCELED: [],
}

export const isOver = ({ state }: Pick<Job, 'state'>): boolean => next[state].length === 0

export function createHistory(options: {
  readonly judge: Judge
  readonly trace: Trace
  /** What the vendor has, by its id. */
  readonly tasks: () => ReadonlyMap<string, Task>
  /** Whether a clock is set: by what the next process goes is then another one than what was written by. */
  readonly clockIsSet: boolean
  /** How much later than it was decided a change may be written. */
  readonly latestMs: number
  readonly now: () => number
  readonly mostRunning: (tenant: string) => number | null
}): History {
  const { judge, trace, now, tasks, latestMs, clockIsSet } = options
  const turns = createTurns(options)
  const rows = new Map<string, Job>()
  const deleted = new Set<string>()
  const leaving = new Set<string>()
  const taken = new Map<string, number>()
  const ended = new Map<string, number>()
  const tokens = new Set<string>()
  const keys = new Map<string, string>()
  const twins = createTwins(tasks, clockIsSet)
  const originals = new Map<string, number>()
  let newest = 0
  const waiting = new Map<string, { readonly wanted: (job: Job) => boolean; readonly tell: () => void }[]>()

  function tell(id: string): void {
    const job = rows.get(id)
    const open = (waiting.get(id) ?? []).filter(({ wanted, tell }) => {
      const done = job === undefined || wanted(job)
      if (done) tell()
      return !done
    })
    waiting.set(id, open)
  }

  function checkChange(before: Job, after: Job): void {
    const what = `${after.id} ${before.state} v${before.version} → ${after.state} v${after.version}`
    trace.line('row', what)
    if (before.state !== after.state && !next[before.state].includes(after.state))
      judge.report('states', what)
    if (after.version !== before.version + 1 || after.updatedAt < before.updatedAt)
      judge.report('versions', what)
    if (before.version !== (rows.get(after.id)?.version ?? 0))
      judge.report('versions', `${what}, from an old one`)
    if (isOver(before)) checkEnd(before, after, what, judge)
    if (before.predictionId === after.predictionId) return
    // Only what was a guess is given up.
    if (before.predictionId !== null && tasks().get(before.predictionId)?.job === before.id)
      judge.report('own-task', `${what} gives up ${before.predictionId}`)
    if (after.predictionId !== null) checkTask(after, after.predictionId)
  }

  function checkTime({ id, updatedAt }: Job): void {
    if (updatedAt < newest - latestMs)
      judge.report('versions', `${id}: time runs backwards by ${newest - updatedAt} ms`)
    newest = Math.max(newest, updatedAt)
  }

  function checkTask(job: Job, predictionId: string): void {
    const owner = tasks().get(predictionId)?.job
    if (owner === job.id || twins.areRiddle(job)) return
    judge.report(
      twins.has(job) ? 'own-task-of-equals' : 'own-task',
      `${job.id} holds ${predictionId} of ${owner}`,
    )
  }

  return {
    rows,
    deleted,
    leaving,
    taken,
    ended,
    tokens,
    hasTwin: twins.has,
    isRiddle: twins.areRiddle,
    made: (prompt) => originals.get(prompt) ?? 0,
    inserted(job) {
      trace.line('row', `${job.id} is recorded`)
      checkTime(job)
      rows.set(job.id, job)
      turns.inserted(job)
      twins.add(job)
      const { prompt } = job
      if (job.retryOf === null) originals.set(prompt, (originals.get(prompt) ?? 0) + 1)
      if (job.state !== 'QUEUED' || job.version !== 1)
        judge.report('states', `${job.id} begins as ${job.state}`)
      if (job.idempotencyKey === null) return
      const holder = keys.get(job.idempotencyKey)
      if (holder !== undefined && rows.has(holder))
        judge.report('key-one-job', `${job.idempotencyKey} made ${holder} and ${job.id}`)
      keys.set(job.idempotencyKey, job.id)
    },
    changed(before, after, words) {
      checkChange(before, after)
      checkTime(after)
      checkTexts(after, words, tokens, judge)
      turns.changed(before, after)
      rows.set(after.id, after)
      if (before.state === 'QUEUED' && after.state === 'SUBMITTING') twins.sent(after, now())
      if (before.predictionId === null && after.predictionId !== null) taken.set(after.id, now())
      if (!isOver(before) && isOver(after)) ended.set(after.id, now())
      if (after.callbackToken !== null) tokens.add(after.callbackToken)
      tell(after.id)
    },
    marked: (jobId) => void leaving.add(jobId),
    started: (...args) => checkStart(judge, ...args),
    removed(job) {
      trace.line('row', `${job.id} is removed`)
      if (!isOver(job)) judge.report('create-lasts', `${job.id} is removed as ${job.state}`)
      rows.delete(job.id)
      turns.removed(job)
      deleted.add(job.id)
      tell(job.id)
    },
    when: (id, wanted) =>
      new Promise((resolve) => {
        waiting.set(id, [...(waiting.get(id) ?? []), { wanted, tell: resolve }])
        tell(id)
      }),
  }
}

function checkStart(judge: Judge, { id, model }: Job, held: readonly HeldPlace[], now: number): void {
  for (const { place, until, tried_by: by, tried_until: end } of held) {
    if (place.includes('/') && place !== model) continue
    if (until > now) judge.report('holds-are-shared', `${id} starts while "${place}" pauses`)
    if (by !== null && (end ?? 0) > now)
      judge.report('holds-are-shared', `${id} starts while ${by} tries "${place}"`)
  }
}

const nearMs = 1_000

/** Jobs of the same request. */
function createTwins(tasks: () => ReadonlyMap<string, Task>, clockIsSet: boolean) {
  const counts = new Map<string, number>()
  const requests = new Map<string, string>()
  const requestOf = ({ model, input }: Pick<Job, 'model' | 'input'>) => `${model} ${JSON.stringify(input)}`
  /** When equal requests were sent. */
  const sent = new Map<string, number[]>()
  const near = (job: Pick<Job, 'model' | 'input'>) =>
    (sent.get(requestOf(job)) ?? []).some((at, index, all) => at - (all[index - 1] ?? at - nearMs) < nearMs)
  const has: History['hasTwin'] = (job) => (counts.get(requestOf(job)) ?? 0) > 1
  return {
    has,
    areRiddle: (job: Pick<Job, 'model' | 'input'>) =>
      has(job) &&
      (clockIsSet ||
        near(job) ||
        [...tasks().values()].some((task) => isOverdue(task) && requests.get(task.job) === requestOf(job))),
    sent(job: Job, at: number) {
      sent.set(requestOf(job), [...(sent.get(requestOf(job)) ?? []), at])
    },
    add(job: Job) {
      requests.set(job.id, requestOf(job))
      counts.set(requestOf(job), (counts.get(requestOf(job)) ?? 0) + 1)
    },
  }
}

function checkTexts(
  { id, error, vendorStatus }: Job,
  words: string,
  tokens: ReadonlySet<string>,
  judge: Judge,
): void {
  const texts = [words, error?.message ?? '', vendorStatus ?? '']
  if (texts.some((text) => text.length > longestText)) judge.report('row-bounded', `${id} has long texts`)
  for (const secret of [apiKey, webhookSecret, ...tokens]) {
    if (texts.some((text) => text.includes(secret)))
      judge.report('secrets-stay', `${id}: ${texts.join(' ').slice(0, 300)}`)
  }
}

function checkEnd(before: Job, after: Job, what: string, judge: Judge): void {
  const told = ({ state, error, finishedAt, outputs }: Job) =>
    JSON.stringify([state, error, finishedAt, outputs.map(({ url }) => url)])
  if (told(before) !== told(after)) judge.report('terminal-stays', what)
  const lost = before.outputs.some(({ kept }, index) => kept && !after.outputs[index]?.kept)
  if (lost) judge.report('terminal-stays', `${what}: a copy is forgotten`)
}
