import type { Job } from '../jobs/job.ts'
import { followJob, followJobs } from '../service/follow.ts'
import { idOf, idsOf } from './bounds.ts'
import { builder } from './builder.ts'
import { badArgument, orGraphQLErrors } from './error.ts'
import { JobNode } from './job.ts'
import { filterOf, JobFilterInput } from './job-list.ts'

const shortestHeartbeat = 1
const longestHeartbeat = 3_600
const mostIds = 1_000

/** @param what is sent whenever nothing was sent for so long */
export const heartbeatArgument = (what: string) => ({
  required: false as const,
  description: `${what} whenever nothing was sent for so many seconds (${shortestHeartbeat} to ${longestHeartbeat}), so that an app can tell a quiet stream from a dead one. Never by default.`,
})

export function heartbeatMsOf(seconds: number | null | undefined): number | null {
  if (seconds == null) return null
  if (seconds >= shortestHeartbeat && seconds <= longestHeartbeat) return seconds * 1_000
  throw badArgument(
    `\`heartbeatSeconds\` is ${seconds}; it has to be from ${shortestHeartbeat} to ${longestHeartbeat}.`,
  )
}

/** Whoever reads jobs, and who comes with a ticket for these; null is all. */
const mayFollow = (ids: readonly string[] | null) => ({
  $any: { scope: 'jobs:read', ticketFor: ids } as const,
})

builder.subscriptionField('prediction', (t) =>
  t.field({
    type: JobNode,
    authScopes: (_root, { jobId }) => mayFollow([jobId]),
    description:
      'The job as it stands, then each change exactly once and in order; ends after a final state. With COMPLETED that is before its outputs are `kept`: ask `job` for the lasting address, or follow `jobs`. Each event is the whole job with its version, so a reconnect loses nothing. A reader that is too slow is given the newest state.',
    args: {
      jobId: t.arg.id({ required: true, ...idOf("The job's id. An unknown one is an error.") }),
      heartbeatSeconds: t.arg.int(heartbeatArgument('Send the present state again')),
    },
    subscribe: (_root, { jobId, heartbeatSeconds }, { follow }) =>
      orGraphQLErrors(
        followJob(follow, jobId, heartbeatMsOf(heartbeatSeconds)),
      ) as unknown as AsyncIterable<Job>,
    resolve: (job) => job,
  }),
)

builder.subscriptionField('jobs', (t) =>
  t.field({
    type: JobNode,
    authScopes: (_root, { ids }) => mayFollow(ids ?? null),
    description:
      'Many jobs on one stream, since a browser has few connections for each host: first each as it stands, then every change. With `ids`, those jobs, until all are finished; otherwise the unfinished ones and every new one that `filter` matches, without end. A job that leaves the `states` of the filter is no longer told.',
    args: {
      ids: t.arg.idList({
        required: false,
        ...idsOf(mostIds, 'The jobs to follow. An unknown one is an error.'),
      }),
      filter: t.arg({
        type: JobFilterInput,
        required: false,
        description:
          'Tell only of jobs that match; of a job that leaves its `states` the change that leads out of them is not told.',
      }),
    },
    subscribe: (_root, { ids, filter }, { follow }) =>
      orGraphQLErrors(followJobs(follow, ids ?? null, filterOf(filter))) as unknown as AsyncIterable<Job>,
    resolve: (job) => job,
  }),
)
