import { searchSkew, submissionLife } from './cadence.ts'
import type { Submission } from './submission.ts'
import type { PredictionReport } from './vendor.ts'

/** What is known of a POST by which a task may be its own. */
type Sent = Pick<Submission, 'jobId' | 'sentAt'>

/**
 * Which of the tasks that a lost answer may have told of is its own. `others` are the submissions of the very same request
 * whose task is not known either. Tasks are made in the order of their POSTs, as a rule, each right after its own: so they are
 * paired in that order, as near to each other as can be. Null if none is left for `own`.
 */
export function ownTask(
  own: Sent,
  others: readonly Sent[],
  tasks: readonly PredictionReport[],
): PredictionReport | null {
  const nearest = <T>(all: readonly T[], most: number, timeOf: (one: T) => number | null) => {
    const away = (one: T) => Math.abs((timeOf(one) ?? last) - (own.sentAt ?? 0))
    const some = all.toSorted((one, other) => away(one) - away(other)).slice(0, most)
    return some.sort((one, other) => (timeOf(one) ?? last) - (timeOf(other) ?? last))
  }
  const posts = nearest([own, ...others], mostPosts, ({ sentAt }) => sentAt)
  const made = nearest(tasks, mostTasks, ({ createdAt }) => createdAt)
  const pairs = nearestInOrder(
    posts.filter(({ sentAt }) => sentAt !== null),
    made.filter(({ createdAt }) => createdAt !== null),
  )
  const taken = new Set(pairs.values())
  const left = made.filter((task) => !taken.has(task))
  for (const post of posts) {
    const task = pairs.get(post) ?? left.shift()
    if (post === own) return task ?? null
  }
  return null
}

const last = Number.MAX_SAFE_INTEGER

/**
 * Of equal requests in one outage: those that are farther away in time say little of which task is whose. There are more
 * tasks, so that none has to be that of a POST which was left out.
 */
const mostPosts = 500
const mostTasks = 600

/** So much nearer than any distance is a pair to none: there are as many as can be. */
const farther = 1e9

/** What is best of some posts and some tasks: a last pair, if there is one, and what was best before it. */
interface Best {
  readonly cost: number
  readonly pair: readonly [Sent, PredictionReport] | null
  readonly before: Best | null
}

/** Pairs of which none crosses another, as many as there can be, with the least distance in sum. Both are in order. */
function nearestInOrder(
  posts: readonly Sent[],
  tasks: readonly PredictionReport[],
): Map<Sent, PredictionReport> {
  const nothing: Best = { cost: 0, pair: null, before: null }
  /** Of the posts so far and the first `index` tasks; of no posts there is none. */
  let row: readonly Best[] = []
  for (const post of posts) {
    const next: Best[] = [nothing]
    for (const [index, task] of tasks.entries()) {
      const before = row[index] ?? nothing
      const cost = before.cost + distanceOf(post, task) - farther
      const [withoutPost, withoutTask] = [row[index + 1] ?? nothing, next[index] ?? nothing]
      const spared = withoutTask.cost < withoutPost.cost ? withoutTask : withoutPost
      next.push(cost <= spared.cost ? { cost, pair: [post, task], before } : spared)
    }
    row = next
  }
  const pairs = new Map<Sent, PredictionReport>()
  for (let best = row.at(-1) ?? null; best !== null; best = best.before) {
    if (best.pair !== null) pairs.set(...best.pair)
  }
  return pairs
}

/** A task is dated before its POST by a difference of clocks alone: that is less likely than any delay. */
function distanceOf({ sentAt }: Sent, { createdAt }: PredictionReport): number {
  const delay = (createdAt ?? 0) - (sentAt ?? 0)
  return delay >= 0 ? delay : searchSkew + submissionLife - delay
}

/** Whether the answer to a POST may still come, which tells what no date can. */
export function mayBeAnswered({ sentAt }: Sent, now: number): boolean {
  return sentAt !== null && now - sentAt < submissionLife
}

/** When a task may have been made whose POST was begun at `sentAt`. */
export function madeAround(sentAt: number): { readonly from: number; readonly to: number } {
  return { from: sentAt - searchSkew, to: sentAt + submissionLife + searchSkew }
}
