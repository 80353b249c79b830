/** When to poll next, as pure functions of time. All values are milliseconds. */

const second = 1_000
const minute = 60 * second

/** The longest pause between two polls of a prediction that takes long. */
export const longestPollPause = 30 * second

/** How long after a lost answer the vendor's list is searched for the task. */
export const searchWindow = 10 * minute
/** A POST is broken off after 30 seconds, so its task was made no later. */
export const submissionLife = 30 * second
/** Clocks differ, and the vendor stamps a task when it likes: how far before the POST a task may be dated. */
export const searchSkew = 3 * minute

/** So long the vendor has to say that it does not know a prediction before it is believed: one 404 may be a fault. */
export const absenceWindow = 5 * minute
/** Two such answers further apart than this do not belong together: another one may have come in between. */
export const absenceGap = 3 * minute

/** No poll is due later than after so long, whatever a `Retry-After` asks for. */
export function longestPause(shortest: number): number {
  return Math.max(5 * minute, 2 * shortest)
}

/** The vendor forgets predictions after seven days (wavespeed.ai/docs/what-are-predictions). */
export const retention = 7 * 24 * 60 * minute

/**
 * The pause before the next poll of a prediction that was accepted `waited` ago: the shortest one at first, then a
 * tenth of the time waited, as the vendor asks for growing intervals (wavespeed.ai/docs/get-result). A finished
 * video is so noticed at most 10 % late.
 */
export function pollPause(waited: number, shortest: number): number {
  return Math.max(shortest, Math.min(waited / 10, longestPollPause))
}

/** The pause where a callback is expected and callbacks come: a poll is then only the safety net. */
export function safetyPause(waited: number, shortest: number): number {
  return Math.max(minute, pollPause(waited, shortest))
}

/** The pause after `failures` unanswered polls in a row: doubling up to a minute, so that an outage is no storm. */
export function outagePause(failures: number, shortest: number): number {
  return Math.min(shortest * 2 ** Math.min(failures, 10), Math.max(minute, shortest))
}

/** The pause before a prediction is asked for again of which the vendor has been saying so long that it does not know it. */
export function absencePause(absent: number, shortest: number): number {
  return Math.min(Math.max(shortest, 15 * second, absent / 10), minute)
}

/** The pause after an answer that makes no sense, once the job's deadline has passed: a person may have to act. */
export function nonsensePause(waited: number, shortest: number): number {
  return Math.max(5 * minute, pollPause(waited, shortest))
}

/** The pause of submissions after `refusals` refusals in a row that do not name an input. */
export function holdPause(refusals: number): number {
  return Math.min(5 * second * 2 ** Math.min(refusals, 10), 5 * minute)
}

/** The pause before the vendor's list is searched again, `waited` after the answer was lost. */
export function searchPause(waited: number): number {
  return Math.min(Math.max(2 * second, waited / 2), 2 * minute)
}
