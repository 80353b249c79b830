import { fewestDurations, keptDurations } from '../jobs/estimate.ts'
import { durationColumns, type RowOf } from './columns.ts'
import { type Dialect, named, one, writing } from './statements.ts'

type Duration = RowOf<typeof durationColumns>

/** How long jobs took, in both databases. */
export function createDurationStatements({ time }: Dialect) {
  return named({
    /** Takes a place that is free, or else the given one. */
    addDuration: writing<Duration, never>(
      `INSERT INTO durations (kind, slot, ms, at) VALUES (:kind, (
        SELECT CASE WHEN count(*) < ${keptDurations} THEN count(*) ELSE :slot END FROM durations WHERE kind = :kind
      ), :ms, :at) ON CONFLICT (kind, slot) DO UPDATE SET ms = excluded.ms, at = excluded.at`,
      durationColumns,
    ),
    /** Those of the model only where they are needed. */
    durations: one<Pick<Duration, 'kind'> & { readonly model: string }, Pick<Duration, 'kind' | 'ms'>>(
      `SELECT kind, ms FROM durations WHERE kind = :kind UNION ALL SELECT kind, ms FROM durations WHERE kind = :model
        AND (SELECT count(*) FROM durations WHERE kind = :kind) < ${fewestDurations}`,
      { kind: durationColumns.kind, ms: durationColumns.ms },
    ),
    pruneDurations: one<{ readonly before: number }, never>(
      `DELETE FROM durations WHERE at < ${time('before')}`,
    ),
  })
}
