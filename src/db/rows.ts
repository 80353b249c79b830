import { jobErrors } from '../jobs/failure.ts'
import { JobUnreadableError } from '../jobs/history-error.ts'
import type { Job, ListedJob, TimelineEntry } from '../jobs/job.ts'
import { activeStates, terminalStates } from '../jobs/state.ts'

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

/** What everything that reads a job relies on; the types of SQLite's columns are suggestions, and JSON may hold anything. */
const checks: Partial<{ readonly [K in keyof Job]: (value: unknown) => boolean }> = {
  // Bytes that are no UTF-8 read as U+FFFD: such a row cannot be found again by its id.
  id: (value) => isText(value) && !String(value).includes('\ufffd'),
  version: isNumber,
  state: (value) => states.has(value),
  model: isText,
  input: isRecord,
  prompt: isText,
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

/** The first column of those that were read that cannot be what it says; null if it is a job. */
export function faultyColumn(row: Partial<Row>): keyof Job | null {
  return checkList.find(([column, check]) => column in row && !check(row[column]))?.[0] ?? null
}

/** Tells the rows that can be read from those that cannot, and says once of each of these which column is broken. */
export function createReading(onUnreadable: (jobId: string, column: string) => void) {
  /** Jobs whose rows were found to be broken. They are left as they are, and out of everything. */
  const unreadable = new Set<string>()

  function isReadable(row: ListedJob): boolean {
    const column = faultyColumn(row)
    if (column === null) unreadable.delete(row.id)
    else if (!unreadable.has(row.id)) {
      unreadable.add(row.id)
      onUnreadable(row.id, column)
    }
    return column === null
  }

  return {
    isReadable,
    /** The row as a job; null if there is none. @throws JobUnreadableError */
    readable(row: Job | undefined): Job | null {
      if (row && !isReadable(row)) throw new JobUnreadableError(row.id)
      return row ?? null
    },
    /** The ids of the broken rows met so far. */
    unreadable: (): readonly string[] => [...unreadable],
  }
}

/** The rows in the order of `ids`, null for one that is missing. */
export function inOrder<T>(
  ids: readonly string[],
  rows: readonly T[],
  idOf: (row: T) => string,
): (T | null)[] {
  const byId = new Map(rows.map((row) => [idOf(row), row]))
  return ids.map((id) => byId.get(id) ?? null)
}

/** `Map.groupBy`, which Node 20 lacks. */
export function groupBy<T, K>(rows: readonly T[], keyOf: (row: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const row of rows) {
    const key = keyOf(row)
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return groups
}

/** A row of the timeline without the job's id. */
export function toEntry({ version, at, state, message }: TimelineEntry): TimelineEntry {
  return { version, at, state, message }
}
