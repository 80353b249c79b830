import type { TimelineEntry } from '../jobs/job.ts'

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
