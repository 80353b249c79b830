import type { Submission } from '../jobs/submission.ts'
import { nameOf, submissionColumns } from './columns.ts'
import {
  aNumber,
  type Dialect,
  type Id,
  type Ids,
  insertInto,
  named,
  one,
  selected,
  writing,
} from './statements.ts'

/** What was sent, as the account's limits count it, in both databases. */
export function createSubmissionStatements({ isIn, time }: Dialect) {
  const all = selected(submissionColumns)

  return named({
    /**
     * Submissions that the vendor has not finished, of jobs that were canceled or deleted, too; and those that count in the
     * window. And how many holds there are.
     */
    used: one<
      { readonly windowStart: number },
      { readonly open: number; readonly counted: number; readonly holds: number }
    >(
      `SELECT (SELECT count(*) FROM submissions WHERE ended_at IS NULL) AS open,
        (SELECT count(*) FROM submissions WHERE counted_at > ${time('windowStart')}) AS counted,
        (SELECT count(*) FROM holds) AS holds`,
      { open: aNumber, counted: aNumber, holds: aNumber },
    ),
    /** The time of the submission that has to leave the full window before another may start. */
    blockedBy: one<{ readonly windowStart: number; readonly room: number }, { readonly at: number }>(
      `SELECT counted_at AS at FROM submissions WHERE counted_at > ${time('windowStart')}
      ORDER BY counted_at DESC LIMIT 1 OFFSET :room`,
      { at: aNumber },
    ),
    /** What a change of its job makes of a submission, whatever was known of it. */
    writeSubmission: writing<Submission, never>(
      `${insertInto('submissions', submissionColumns)} ON CONFLICT (job_id) DO UPDATE SET ${Object.keys(
        submissionColumns,
      ).map((property) => `${nameOf(property)} = excluded.${nameOf(property)}`)}`,
      submissionColumns,
    ),
    withdrawSubmission: one<Id, never>('DELETE FROM submissions WHERE job_id = :id'),
    submission: one<Id, Submission>(`SELECT ${all} FROM submissions WHERE job_id = :id`, submissionColumns),
    openSubmissions: one<Ids, Submission>(
      `SELECT ${all} FROM submissions WHERE ${isIn('job_id', 'ids')} AND ended_at IS NULL`,
      submissionColumns,
    ),
    rivals: one<Id & { readonly fingerprint: string }, Submission>(
      `SELECT ${all} FROM submissions
      WHERE fingerprint = :fingerprint AND prediction_id IS NULL AND sent_at IS NOT NULL AND job_id <> :id`,
      submissionColumns,
    ),
    jobOfPrediction: one<{ readonly predictionId: string }, Id>(
      `SELECT id FROM jobs WHERE prediction_id = :predictionId
      UNION SELECT job_id FROM submissions WHERE prediction_id = :predictionId`,
    ),
    /** Two jobs never hold the same prediction, not even within a transaction. */
    freePrediction: one<Id, never>('UPDATE jobs SET prediction_id = NULL WHERE id = :id'),
    /** That attempt, if it is the one that counts. */
    attempt: one<Id & { readonly attempt: number; readonly mayBeSent: number }, Id>(
      `SELECT job_id AS id FROM submissions
      WHERE job_id = :id AND attempt = :attempt AND (sent_at IS NULL OR :mayBeSent = 1)`,
    ),
    markSent: one<Id & { readonly attempt: number; readonly now: number }, Id>(
      `UPDATE submissions SET sent_at = ${time('now')}, counted_at = ${time('now')}
      WHERE job_id = :id AND attempt = :attempt AND sent_at IS NULL AND ended_at IS NULL RETURNING job_id AS id`,
    ),
    settle: one<Id & { readonly now: number }, never>(
      `UPDATE submissions SET ended_at = ${time('now')} WHERE job_id = :id AND ended_at IS NULL`,
    ),
    /** Those that nothing counts any more. */
    prune: one<{ readonly before: number }, never>(
      `DELETE FROM submissions WHERE ended_at < ${time('before')}`,
    ),
  })
}
