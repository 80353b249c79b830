import type { Job, ListedJob } from '../jobs/job.ts'
import type { TakeRequest, WorkKind } from '../jobs/work.ts'
import { createClaimStatements } from './claim-statements.ts'
import { dueColumns, jobColumns } from './columns.ts'
import { createDurationStatements } from './duration-statements.ts'
import { createHoldStatements } from './holds.ts'
import { createQueueStatements } from './queue-statements.ts'
import {
  aNumber,
  type Dialect,
  type Id,
  type Ids,
  insertInto,
  listedColumns,
  named,
  one,
  selected,
  writing,
} from './statements.ts'
import { createSubmissionStatements } from './submission-statements.ts'

type Kind = { readonly kind: WorkKind }
type Owner = { readonly owner: string }

/** Overdue work comes back at no more than twenty a second where it is little, and within half a minute where it is much. */
const spreadEachMs = 50
const spreadMostMs = 30_000 // half a minute

/** Whether no task of the job is known to run, and none may be made any more. */
const taskIsOver = (id: string) =>
  `NOT EXISTS (SELECT 1 FROM submissions WHERE job_id = ${id} AND ended_at IS NULL)`

/** Who may start, what is due and what was sent, in both databases. */
export function createWorkStatements(dialect: Dialect) {
  const { isIn, isRowOf, time, from, pairs, least, lockFree, unindexed, changes } = dialect
  const all = selected(jobColumns)

  const statements = named({
    anyJob: one<Id, Job>(`SELECT ${all} FROM jobs WHERE id = :id`, jobColumns),
    anyListed: one<Ids, ListedJob>(
      `SELECT ${selected(listedColumns)} FROM jobs WHERE ${isIn('id', 'ids')}`,
      listedColumns,
    ),
    /** From when on the oldest waiting job may be sent. */
    firstWaiting: one<object, { readonly at: number }>(
      `SELECT run_at AS at FROM jobs WHERE state = 'QUEUED' ORDER BY created_at, id LIMIT 1`,
      { at: aNumber },
    ),
    pruneDeletions: one<{ readonly before: number }, never>(
      `DELETE FROM changes WHERE state = 'DELETED' AND at < ${time('before')}`,
    ),

    /** What is due gets its owner, and is due again when the lease ends. */
    take: one<Omit<TakeRequest, 'lease'> & Owner & { readonly until: number }, Id>(
      `UPDATE due SET at = ${time('until')}, owner = :owner WHERE ${isRowOf(
        (row) =>
          `SELECT ${row} FROM due WHERE kind = :kind AND at <= ${time('now')} ORDER BY at LIMIT :limit ${lockFree}`,
      )} RETURNING id`,
    ),
    giveBack: one<Kind & Owner & Ids & { readonly times: readonly number[] }, never>(
      `UPDATE due SET at = given.at, owner = NULL FROM ${pairs('ids', 'times')} AS given
      WHERE ${unindexed('due.kind')} = :kind AND due.id = given.id AND due.owner = :owner`,
    ),
    /** But for a job that is on its way to the vendor again, or still: nobody else would hear of its task. */
    done: one<Kind & Owner & Ids, never>(
      `DELETE FROM due WHERE ${unindexed('kind')} = :kind AND ${isIn('id', 'ids')} AND owner = :owner
      AND (kind <> 'poll' OR ${taskIsOver('due.id')})`,
    ),
    renew: one<Kind & Owner & Ids & { readonly until: number }, never>(
      `UPDATE due SET at = ${time('until')}
      WHERE ${unindexed('kind')} = :kind AND ${isIn('id', 'ids')} AND owner = :owner`,
    ),
    /** What is there is left as it is. */
    add: writing<Kind & Id & { readonly at: number; readonly owner: null }, never>(
      `${insertInto('due', dueColumns)} ON CONFLICT DO NOTHING`,
      dueColumns,
    ),
    put: writing<Kind & Id & { readonly at: number; readonly owner: null }, never>(
      `${insertInto('due', dueColumns)} ON CONFLICT (kind, id) DO UPDATE
      SET at = ${least('due.at', 'excluded.at')} WHERE due.owner IS NULL`,
      dueColumns,
    ),
    /** The lease of work that has just begun. */
    lease: writing<Kind & Id & { readonly at: number } & Owner, never>(
      `${insertInto('due', dueColumns)} ON CONFLICT (kind, id) DO UPDATE SET at = excluded.at, owner = excluded.owner`,
      dueColumns,
    ),
    noWork: one<Kind & Id, never>('DELETE FROM due WHERE id = :id AND kind = :kind'),
    /** A job is deleted: nothing more is to be done, but to hear of the end of its task. */
    forget: one<Id, never>(`DELETE FROM due WHERE id = :id AND (kind <> 'poll' OR ${taskIsOver(':id')})`),
    firstDue: one<Kind, { readonly at: number | null }>('SELECT min(at) AS at FROM due WHERE kind = :kind', {
      at: aNumber,
    }),
    spread: one<Kind & { readonly now: number }, never>(
      `UPDATE due SET at = ${time('now')} + places.place * ${least(`${spreadMostMs}`, `places.total * ${spreadEachMs}`)} / places.total
      FROM (
        SELECT id, row_number() OVER (ORDER BY at, id) - 1 AS place, count(*) OVER () AS total
        FROM due WHERE kind = :kind AND at <= ${time('now')}
      ) AS places
      WHERE ${unindexed('due.kind')} = :kind AND due.id = places.id`,
    ),
    /** What is due too late, whoever has it. */
    bringForward: one<Kind & { readonly now: number; readonly latest: number }, never>(
      `UPDATE due SET at = ${time('now')}, owner = NULL WHERE kind = :kind AND at > ${time('latest')}`,
    ),
    /** Times only grow from one change to the next. */
    newestTime: one<object, { readonly at: number | null }>(
      `SELECT max(at) AS at FROM (
        SELECT at FROM (SELECT at FROM changes ORDER BY ${changes.newestFirst} LIMIT 1) AS newest
        UNION ALL SELECT max(counted_at) FROM submissions
      ) AS times`,
      { at: aNumber },
    ),
    addPolls: one<{ readonly now: number }, never>(
      `INSERT INTO due (kind, id, at) SELECT 'poll', job_id, ${time('now')} FROM submissions WHERE ended_at IS NULL
      ON CONFLICT DO NOTHING`,
    ),
    /** By an index of its own, which holds only such jobs. */
    addCopies: one<{ readonly now: number; readonly finishedAfter: number }, never>(
      `INSERT INTO due (kind, id, at) SELECT 'copy', id, ${time('now')} FROM ${from('jobs', 'jobs_to_archive')}
      WHERE state = 'COMPLETED' AND archived IS NULL AND finished_at > ${time('finishedAfter')}
      ON CONFLICT DO NOTHING`,
    ),
  })
  return {
    ...statements,
    ...createHoldStatements(dialect),
    ...createDurationStatements(dialect),
    ...createSubmissionStatements(dialect),
    ...createQueueStatements(dialect),
    ...createClaimStatements(dialect),
  }
}

export type WorkStatements = ReturnType<typeof createWorkStatements>
