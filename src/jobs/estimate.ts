/**
 * How long a job will take, by those before it: when it is likely to end, how far it is, and when to poll it. Pure functions;
 * all values are milliseconds.
 */
import { longestPollPause, pollPause } from './cadence.ts'

const second = 1_000

/** Of so many jobs of a kind, the last ones, the durations are kept. */
export const keptDurations = 200

/** Fewer durations than this say too little: then the prior holds. */
export const fewestDurations = 20

/** What is assumed where too little is known: the vendor's own example took 61 s. */
const prior = { medianMs: 60 * second, lowMs: 36 * second, highMs: 110 * second }

/**
 * The standard deviation of the logarithm is taken for no less, since work that always took the same may still take a little
 * longer, and for no more.
 */
const [leastSpread, mostSpread] = [0.1, 1]

/** A smaller spread than this is believed by degrees, as if so many jobs besides had it: of twenty jobs it says little. */
const [usualSpread, usualWeight] = [0.2, 40]

/** So many standard deviations before the median hardly a job has ended, and so many after it nearly all have. */
const [reachBelow, reachAbove] = [2.6, 3]

/** A tenth of the jobs lies beyond so many standard deviations, on either side. */
const tenth = 1.2816

/** Before its end is likely a job is polled so often at least: it may fail early. */
const longestEarlyPause = 60 * second

/**
 * Where little is known the pause before that is no longer than this many times the time that has passed, or than so many of
 * the shortest pauses.
 */
const [growth, growthPauses] = [5 / 4, 5 / 2]

/**
 * Where nothing is known, the first poll comes after so many of the shortest pauses. There is room for two before a job of a
 * minute may have ended, or it would take nine: by these, one of ten seconds or of twenty is noticed soon as well.
 */
const firstPauses = 2

/** While the end is likely the pause is this part of the median: a job is noticed 2 % late, or by the shortest pause. */
const windowPart = 1 / 24

/**
 * A pause is no shorter than this part of the time since half of the jobs have ended; by the model, since its first kinds have:
 * one that takes several times as long would be asked for as often as they are.
 */
const overduePart = 1 / 10

/** A wait in the vendor's queue that is a shorter part of the median is not told apart from the work. */
const queuePart = 1 / 4

/** In that queue a job is asked for after this part of the time below which hardly a job ends. */
const queuedPart = 2 / 5

/** How long earlier jobs took, in any order. */
export interface Durations {
  readonly ofKind: readonly number[]
  /** Of all kinds of the model. */
  readonly ofModel: readonly number[]
}

/** The kind under which the durations of all jobs of a model are kept. No other is called so: in it, what decides has a name. */
export const kindOfModel = (model: string): string => `${model} *`

/** How long jobs of a kind take. */
export interface Expectation {
  /** The model, and what of the input decides how long it takes. */
  readonly kind: string
  /** How many jobs that is known of; 0 where it is the prior. */
  readonly jobs: number
  /** Whether these are jobs of the model, of whatever kind. */
  readonly isOfModel: boolean
  readonly medianMs: number
  /** Hardly a job takes less, and hardly one more. */
  readonly lowMs: number
  readonly highMs: number
}

/** What was expected of a job when the vendor took it. It stays as it was then, so that its progress never goes back. */
export interface Estimate extends Expectation {
  /** When the vendor began with it, as far as is known. */
  readonly beganAt: number
  /** How far it had come by which moment: from there on progress follows the clock. */
  readonly since: number
  readonly fraction: number
}

/** Of a job, what its polls and its progress depend on. */
interface Estimated {
  readonly state: string
  readonly estimate: Estimate | null
}

/** By the jobs of the kind, or else by those of the model, or else by the prior. */
export function expectationOf(
  kind: string,
  ofKind: readonly number[],
  ofModel: readonly number[] = [],
): Expectation {
  const isOfModel = ofKind.length < fewestDurations
  const durations = isOfModel ? ofModel : ofKind
  if (durations.length < fewestDurations) {
    return { kind, jobs: 0, isOfModel: false, ...prior }
  }
  const logs = durations.map(Math.log).sort((one, other) => one - other)
  const median = quantile(logs, 0.5)
  const below = (median - quantile(logs, 0.1)) / tenth
  const above = (quantile(logs, 0.9) - median) / tenth
  const jobs = durations.length
  return { kind, jobs, isOfModel, ...around(Math.exp(median), believed(below, jobs), believed(above, jobs)) }
}

function believed(spread: number, jobs: number): number {
  const squares = jobs * spread ** 2 + usualWeight * usualSpread ** 2
  const among = Math.max(spread, Math.sqrt(squares / (jobs + usualWeight)))
  return Math.min(Math.max(among, leastSpread), mostSpread)
}

function around(medianMs: number, below: number, above: number) {
  return {
    medianMs: Math.round(medianMs),
    lowMs: Math.round(medianMs * Math.exp(-reachBelow * below)),
    highMs: Math.round(medianMs * Math.exp(reachAbove * above)),
  }
}

/** Of sorted values; between two of them it lies where the part says. */
function quantile(sorted: readonly number[], part: number): number {
  const place = part * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0]
  return low + (high - low) * (place % 1)
}

/**
 * The vendor has taken a job, `at` that time.
 *
 * @param before what was expected of it when the vendor was thought to have taken it before
 */
export function taken(expected: Expectation, at: number, before: Estimate | null, now: number): Estimate {
  if (before === null) return { ...expected, beganAt: at, since: at, fraction: 0 }
  return { ...expected, beganAt: at, since: Math.max(now, before.since), fraction: fractionAt(before, now) }
}

/** The vendor works on it, and was said to have it in its queue at `queuedAt`. */
export function begun(estimate: Estimate, queuedAt: number, now: number): Estimate {
  if (queuedAt - estimate.beganAt < estimate.medianMs * queuePart) return estimate
  return {
    ...estimate,
    beganAt: queuedAt,
    since: Math.max(now, estimate.since),
    fraction: fractionAt(estimate, now),
  }
}

/** When half of such jobs have ended. */
export const expectedEnd = ({ beganAt, medianMs }: Estimate): number => beganAt + medianMs

/** What of the way is done when the end is expected; what is left then shrinks, and never ends. */
const atExpectedEnd = 0.9
const most = 0.999

/** How far a job is: grows with time, and is never 1. */
export function fractionAt(estimate: Estimate, now: number): number {
  const { since, fraction, medianMs } = estimate
  const whole = Math.max(expectedEnd(estimate) - since, medianMs / 10, 1)
  const passed = Math.max(now - since, 0) / whole
  const left = 1 - atExpectedEnd
  const done = passed <= 1 ? atExpectedEnd * passed : 1 - left / (1 + (atExpectedEnd / left) * (passed - 1))
  return Math.min(fraction + (1 - fraction) * done, most)
}

/**
 * The pause before the next poll of a job that was sent `waited` ago: one soon after it was sent, since what is wrong with it
 * often shows then, and hardly any until its end is likely; then by the shortest pause, or a part of the time that it takes.
 * From when the end is overdue on, and where nothing is expected, it is a part of the time waited.
 */
export function estimatedPause(
  { state, estimate }: Estimated,
  { now, waited, shortest }: { readonly now: number; readonly waited: number; readonly shortest: number },
): number {
  const usual = pollPause(waited, shortest)
  if (estimate === null) return usual
  if (waited < shortest) {
    return estimate.jobs > 0 ? usual : Math.max(shortest, Math.min(shortest * firstPauses, longestEarlyPause))
  }
  const { beganAt, since, fraction, jobs, isOfModel, medianMs, lowMs, highMs } = estimate
  // Nobody knows such jobs, or since when the vendor works on it: then pauses only grow with the time that has passed.
  const isGuess = jobs === 0 || isOfModel || fraction > 0
  const growing = isGuess
    ? Math.max((now - since) * growth, shortest * growthPauses)
    : Number.POSITIVE_INFINITY
  if (state === 'CREATED') return Math.max(usual, Math.min(lowMs * queuedPart, growing, longestPollPause))
  const worked = now - beganAt
  if (worked >= highMs) return usual
  const overdue = worked - (isOfModel ? lowMs : medianMs)
  const within = Math.max(medianMs * windowPart, overdue * overduePart)
  if (worked >= lowMs) return Math.max(shortest, Math.min(within, longestPollPause))
  return Math.max(shortest, Math.min(lowMs - worked, growing, longestEarlyPause))
}

/** How far a job is, as far as anybody can tell. */
export interface Progress {
  /** From 0, and never 1. */
  readonly fraction: number
  /** Milliseconds since 1970; in the past where it takes longer than was expected. */
  readonly expectedAt: number
  /** Jobs of the kind, or of the model, or none. */
  readonly basis: 'HISTORY' | 'MODEL' | 'PRIOR'
  /** Of how many earlier jobs it is known; 0 where it is the prior. */
  readonly jobs: number
}

/** Null unless the job is at the vendor, and something was expected of it. */
export function progressOf({ state, estimate }: Estimated, now: number): Progress | null {
  const isThere = state === 'CREATED' || state === 'PROCESSING'
  if (!isThere || estimate === null) return null
  const { jobs, isOfModel } = estimate
  return {
    fraction: fractionAt(estimate, now),
    expectedAt: expectedEnd(estimate),
    basis: jobs === 0 ? 'PRIOR' : isOfModel ? 'MODEL' : 'HISTORY',
    jobs,
  }
}
