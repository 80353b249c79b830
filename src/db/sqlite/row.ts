import { jobErrors } from '../../errors.ts'
import type { Job } from '../../jobs/ports.ts'
import { activeStates, terminalStates } from '../../jobs/state.ts'

/** What stands in place of a JSON column whose text is no JSON: one broken row must not keep others from being read. */
export const unreadable = Symbol('unreadable')

/** A row as it came, whatever somebody or something wrote into it. */
export type Row = { readonly [K in keyof Job]: unknown }

const isText = (value: unknown) => typeof value === 'string'
const isNumber = (value: unknown) => typeof value === 'number' && Number.isFinite(value)
const orNull = (check: (value: unknown) => boolean) => (value: unknown) => value === null || check(value)
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const states = new Set<unknown>(['QUEUED', ...activeStates, ...terminalStates])

const inputChecks: { readonly [K in keyof Job['input']]: (value: unknown) => boolean } = {
  video: isText,
  prompt: isText,
  negativePrompt: orNull(isText),
  loras: (value) => Array.isArray(value) && value.every((one) => isRecord(one) && isText(one['path'])),
  numInferenceSteps: isNumber,
  duration: isNumber,
  strength: isNumber,
  guidanceScale: isNumber,
  flowShift: isNumber,
  seed: isNumber,
}

/** What everything that reads a job relies on; the types of SQLite's columns are suggestions. */
const checks: Partial<{ readonly [K in keyof Job]: (value: unknown) => boolean }> = {
  // Bytes that are no UTF-8 read as U+FFFD: such a row cannot be found again by its id.
  id: (value) => isText(value) && !String(value).includes('\ufffd'),
  version: isNumber,
  state: (value) => states.has(value),
  model: isText,
  input: (value) =>
    isRecord(value) && Object.entries(inputChecks).every(([name, check]) => check(value[name])),
  createdAt: isNumber,
  updatedAt: isNumber,
  submittedAt: orNull(isNumber),
  finishedAt: orNull(isNumber),
  deadlineAt: orNull(isNumber),
  idempotencyKey: orNull(isText),
  callbackToken: orNull(isText),
  predictionId: orNull(isText),
  outputs: (value) =>
    Array.isArray(value) &&
    value.every((one) => isRecord(one) && isText(one['url']) && isNumber(one['expiresAt'])),
  error: orNull((value) => isRecord(value) && isText(value['message']) && String(value['code']) in jobErrors),
  runAt: isNumber,
}
const checkList = Object.entries(checks) as [keyof Job, (value: unknown) => boolean][]

/** The first column of a row that cannot be what it says; null if it is a job. */
export function faultyColumn(row: Row): keyof Job | null {
  return checkList.find(([column, check]) => !check(row[column]))?.[0] ?? null
}
