import { followChanges, type JobChange } from '../service/changes.ts'
import { bounded } from './bounds.ts'
import { builder } from './builder.ts'
import { orGraphQLErrors } from './error.ts'
import { JobNode } from './job.ts'
import { heartbeatArgument, heartbeatMsOf } from './subscription.ts'

/** Ours have about fifty. */
const longestSequence = 200

const JobChangeKind = builder.enumType('JobChangeKind', {
  description: 'What a stream of changes tells.',
  values: {
    PRESENT: { description: 'A job that is not finished, as it stood when the stream began.' },
    CHANGED: { description: 'A job that was made or changed, as it stands.' },
    DELETED: { description: 'A job was deleted: forget it.' },
    UP_TO_DATE: { description: 'Everything before is told: once at first, then as a heartbeat.' },
  } as const,
})

const JobChangeObject = builder.objectRef<JobChange>('JobChange').implement({
  description: 'One event of `jobChanges`.',
  fields: (t) => ({
    kind: t.field({ type: JobChangeKind, description: 'What it tells.', resolve: ({ kind }) => kind }),
    jobId: t.id({
      nullable: true,
      description: 'The job; null with UP_TO_DATE.',
      resolve: ({ jobId }) => jobId,
    }),
    job: t.field({
      type: JobNode,
      nullable: true,
      description: 'The job as it stands; null where it was deleted, and with UP_TO_DATE.',
      resolve: ({ job }) => job,
    }),
    sequence: t.exposeString('sequence', {
      nullable: true,
      description:
        'Where to go on: keep the last one, and give it as `changedSince` when you come back. Null until the present is told whole.',
    }),
  }),
})

builder.subscriptionField('jobChanges', (t) =>
  t.field({
    type: JobChangeObject,
    authScopes: { $any: { scope: 'jobs:read', ticketFor: null } },
    description:
      'Everything that happens to jobs, deletions too, for who keeps a copy of them. It begins with the jobs that are not finished, then tells each that changes. With `changedSince` it goes on where an earlier stream ended: each job that changed since is told once, as it stands. A place older than CHANGES_DAYS is the error CHANGES_EXPIRED: then begin anew.',
    args: {
      changedSince: t.arg.string({
        required: false,
        ...bounded({ maxLength: longestSequence }, 'The last `sequence` that was told.'),
      }),
      heartbeatSeconds: t.arg.int(heartbeatArgument('Send UP_TO_DATE')),
    },
    subscribe: (_root, { changedSince, heartbeatSeconds }, { changes }) =>
      orGraphQLErrors(
        followChanges(changes, changedSince ?? null, heartbeatMsOf(heartbeatSeconds)),
      ) as unknown as AsyncIterable<JobChange>,
    resolve: (change) => change,
  }),
)
