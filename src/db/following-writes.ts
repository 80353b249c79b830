import { createHash } from 'node:crypto'
import { retention } from '../jobs/cadence.ts'
import { keptDurations, kindOfModel } from '../jobs/estimate.ts'
import type { Job } from '../jobs/job.ts'
import { type Submission, submissionAfter, submissionChange } from '../jobs/submission.ts'
import type { Statement, Statements } from './statements.ts'
import type { WorkStatements } from './work-statements.ts'

type Write = readonly [statement: Omit<Statement<object, never>, 'types'>, parameters: object]

/** So many changes are kept of a job that is put off again and again, which makes two of each try; and the first. */
const keptChanges = 100

/** What has to be written with a change of a job, in the same transaction. */
export function createFollowingWrites(statements: Statements & WorkStatements) {
  /** How long it took, for those after it: as the vendor says, not by when that was noticed. */
  function durationWrites({ id, model, state, estimate, inferenceMs, updatedAt: at }: Job): readonly Write[] {
    const isMeasured = inferenceMs !== null && inferenceMs > 0 && inferenceMs < retention
    if (state !== 'COMPLETED' || estimate === null || !isMeasured) return []
    const slot = createHash('sha256').update(id).digest().readUInt32BE() % keptDurations
    const kinds = [estimate.kind, kindOfModel(model)]
    return kinds.map((kind) => [statements.addDuration, { kind, slot, ms: inferenceMs, at }])
  }

  return {
    /** Of its submission and of the work that hears of its end; null for nothing. `known` is the submission as it stands. */
    submissionWrites(
      before: Job | null,
      after: Job,
      guessed?: boolean,
    ): ((known: Submission | null) => readonly Write[]) | null {
      const change = submissionChange(before, after)
      if (change === null) return null
      const { id } = after
      const done: Write = [statements.noWork, { kind: 'poll', id }]
      if (change.kind === 'withdrawn') {
        const version = after.version - keptChanges
        const old: readonly Write[] = version > 1 ? [[statements.removeChangesUpTo, { id, version }]] : []
        return () => [[statements.withdrawSubmission, { id }], done, ...old]
      }
      const measured = durationWrites(after)
      const isOver = change.kind === 'known' && change.ended
      const more: Write = [statements.add, { kind: 'poll', id, at: after.updatedAt, owner: null }]
      return (known) => [
        [statements.writeSubmission, submissionAfter(known, change, after, guessed)],
        isOver ? done : more,
        ...(isOver ? measured : []),
      ]
    },

    /** After a job was removed: its texts go, too, and what is left says that it is gone. */
    removalWrites({ id, tenant, version }: Job, now: number): readonly Write[] {
      return [
        [statements.removeChanges, { id }],
        [
          statements.insertChange,
          { jobId: id, tenant, version: version + 1, at: now, state: 'DELETED', message: '' },
        ],
        [statements.forget, { id }],
      ]
    },
  }
}
