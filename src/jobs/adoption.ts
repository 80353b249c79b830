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
  const posts = [own, ...others].sort((one, other) => (one.sentAt ?? last) - (other.sentAt ?? last))
  const made = tasks.toSorted((one, other) => (one.createdAt ?? last) - (other.createdAt ?? last))
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

/** So much nearer than any distance is a pair to none: there are as many as can be. */
const farther = 1e9

/** Pairs of which none crosses another, as many as there can be, with the least distance in sum. Both are in order. */
function nearestInOrder(
  posts: readonly Sent[],
  tasks: readonly PredictionReport[],
): Map<Sent, PredictionReport> {
  type Best = { readonly cost: number; readonly pairs: readonly (readonly [Sent, PredictionReport])[] }
  const nothing: Best = { cost: 0, pairs: [] }
  /** Of the posts so far and the first `index` tasks. */
  let row: readonly Best[] = [nothing, ...tasks.map(() => nothing)]
  for (const post of posts) {
    const next: Best[] = [nothing]
    for (const [index, task] of tasks.entries()) {
      const before = row[index] ?? nothing
      const paired: Best = {
        cost: before.cost + distanceOf(post, task) - farther,
        pairs: [...before.pairs, [post, task]],
      }
      const options = [paired, row[index + 1] ?? nothing, next[index] ?? nothing]
      next.push(options.reduce((one, other) => (other.cost < one.cost ? other : one)))
    }
    row = next
  }
  return new Map(row.at(-1)?.pairs)
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
