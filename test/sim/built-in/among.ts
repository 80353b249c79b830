import { type BuiltIn, change } from './fault.ts'

/** Of what several gateways do that share a history. */
export const among: readonly BuiltIn[] = [
  {
    name: 'what a lost message told is not read from the rows',
    rules: ['every-job-ends', 'stream-soon'],
    within: 100,
    gateways: 3,
    changes: [
      change('events/catch-up.ts', '      for (const job of read.jobs) tell(job)\n', '      void tell\n'),
    ],
  },
  {
    name: 'a lease in use is not renewed',
    rules: ['one-asks'],
    within: 100,
    gateways: 3,
    changes: [change('worker/lease.ts', '{ ms: 15_000, renewMs: 5_000 }', '{ ms: 15_000, renewMs: null }')],
  },
  {
    name: 'a process that starts breaks the leases of the others',
    rules: ['one-asks'],
    within: 300,
    gateways: 3,
    changes: [
      change('worker/loop.ts', 'if (!shared) await work.release(kind, now)', 'await work.release(kind, now)'),
    ],
  },
  {
    name: 'a request leaves though its attempt was taken back',
    rules: ['one-task'],
    within: 400,
    gateways: 3,
    changes: [
      change(
        'db/submission-statements.ts',
        'WHERE job_id = :id AND attempt = :attempt AND sent_at IS NULL AND ended_at IS NULL',
        'WHERE job_id = :id AND :attempt > 0 AND ended_at IS NULL',
      ),
    ],
  },
  {
    name: 'the leases of a process that died never end',
    rules: ['every-job-ends'],
    within: 300,
    gateways: 3,
    changes: [change('worker/lease.ts', 'ms: 15_000, renewMs', 'ms: 86_400_000, renewMs')],
  },
  {
    name: 'a claim does not ask what others were refused',
    rules: ['holds-are-shared'],
    within: 300,
    gateways: 3,
    changes: [
      change(
        'db/sqlite/claim.ts',
        'const gate = gateFor(request, holds)',
        'const gate = gateFor(request, [])',
      ),
    ],
  },
  {
    name: 'everybody tries at once whether a hold is over',
    rules: ['holds-are-shared'],
    within: 300,
    gateways: 3,
    changes: [
      change(
        'jobs/hold.ts',
        'const until = hold.until > now ? hold.until : (hold.triedUntil ?? 0)',
        'const until = hold.until',
      ),
    ],
  },
  {
    name: 'a process that dies while it tries a hold holds for ever',
    rules: ['every-job-ends'],
    within: 1_000,
    gateways: 3,
    changes: [change('db/admission.ts', '2 * submissionLife', '1e9 * submissionLife')],
  },
]
