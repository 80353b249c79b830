import { searchSkew, submissionLife } from './cadence.ts'
import type { Submission } from './submission.ts'
import type { PredictionReport } from './vendor.ts'

/** What is known of a POST by which a task may be its own. */
type Sent = Pick<Submission, 'jobId' | 'sentAt'>

/**
 * Which of the tasks that a lost answer may have told of is its own. `others` are the submissions of the very same request
 * whose task is not known either: each task is most likely of the POST that it was made right after, so it goes to the nearest
 * one, and each POST has one. Null if none is left for `own`.
 */
export function ownTask(
  own: Sent,
  others: readonly Sent[],
  tasks: readonly PredictionReport[],
): PredictionReport | null {
  const pairs = [own, ...others].flatMap((post) =>
    tasks.map((task) => ({ post, task, distance: distanceOf(post, task) })),
  )
  const taken = new Set<PredictionReport>()
  const served = new Set<Sent>()
  for (const { post, task } of pairs.sort((one, other) => one.distance - other.distance)) {
    if (taken.has(task) || served.has(post)) continue
    if (post === own) return task
    taken.add(task)
    served.add(post)
  }
  return null
}

/** A task is dated before its POST by a difference of clocks alone: that is less likely than any delay. */
function distanceOf({ sentAt }: Sent, { createdAt }: PredictionReport): number {
  if (createdAt === null || sentAt === null) return Number.MAX_SAFE_INTEGER
  const delay = createdAt - sentAt
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
