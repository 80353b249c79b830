import { ArchiveUnavailableError } from '../archive/error.ts'
import type { Job } from '../jobs/job.ts'
import { RateLimitedError } from '../jobs/rate-limited.ts'
import {
  IdempotencyConflictError,
  InvalidInputError,
  JobNotFoundError,
  JobStateError,
  VendorUnavailableError,
} from '../service/error.ts'
import { longestKey } from '../service/service.ts'
import { bounded, idOf } from './bounds.ts'
import { builder } from './builder.ts'
import { JobNode } from './job.ts'

/** The argument that makes a request safe to repeat. */
export const keyOptions = bounded(
  { maxLength: longestKey, checkedBy: 'service' },
  'A name of your own for this request, such as a UUID: sent again with the same input it answers the job it made the first time, so a request whose answer was lost can be repeated. With another input it answers an `IdempotencyConflictError`. Printable ASCII without spaces; remembered as long as the job is.',
)

/** Why no new job is made of what was asked for. */
export const creationErrors = [InvalidInputError, IdempotencyConflictError, RateLimitedError]

/** Each is a write that has to reach the disk, so that few fit into one operation. */
export const mutationWeight = 400

const CancelJobSuccess = builder.objectRef<{ job: Job; stillBilled: boolean }>('CancelJobSuccess').implement({
  description: 'The job is canceled.',
  fields: (t) => ({
    job: t.expose('job', { type: JobNode, description: 'The job as it now is.' }),
    stillBilled: t.exposeBoolean('stillBilled', {
      description:
        'True if it had been sent: the vendor has no cancel, goes on with the task and bills it, but it is no longer followed.',
    }),
  }),
})

const RetryJobSuccess = builder.objectRef<{ job: Job }>('RetryJobSuccess').implement({
  description: 'A new job is recorded.',
  fields: (t) => ({ job: t.expose('job', { type: JobNode, description: 'The new job.' }) }),
})

const DeleteJobSuccess = builder.objectRef<{ deletedJobId: string }>('DeleteJobSuccess').implement({
  description: 'The job is gone from the history.',
  fields: (t) => ({ deletedJobId: t.exposeID('deletedJobId', { description: 'The id it had.' }) }),
})

builder.mutationField('cancelJob', (t) =>
  t.field({
    type: CancelJobSuccess,
    authScopes: { scope: 'jobs:write' },
    extensions: { cost: { weight: mutationWeight } },
    description:
      'Ends a job that is not finished. One that waits is never sent; of one that was sent `stillBilled` tells that it goes on at the vendor.',
    args: { id: t.arg.id({ required: true, ...idOf("The job's id.") }) },
    errors: {
      types: [JobNotFoundError, JobStateError],
      union: { name: 'CancelJobResult', description: 'The canceled job, or why it was not canceled.' },
    },
    resolve: (_root, { id }, { service }) => service.cancel(id),
  }),
)

builder.mutationField('retryJob', (t) =>
  t.field({
    type: RetryJobSuccess,
    authScopes: { scope: 'jobs:write' },
    extensions: { cost: { weight: mutationWeight } },
    description:
      'Makes a new job with the input of one that is FAILED or CANCELED. A seed that was left to chance is drawn anew.',
    args: {
      id: t.arg.id({ required: true, ...idOf('The id of the job to try again.') }),
      idempotencyKey: t.arg.string(
        bounded(
          { maxLength: longestKey, checkedBy: 'service' },
          'A name of your own for this request: sent again it answers the job it made the first time, as with `createV2VLoraJob`.',
        ),
      ),
    },
    errors: {
      types: [JobNotFoundError, JobStateError, ...creationErrors],
      union: { name: 'RetryJobResult', description: 'The new job, or why there is none.' },
    },
    resolve: async (_root, { id, idempotencyKey }, { service }) => ({
      job: await service.retry(id, idempotencyKey),
    }),
  }),
)

builder.mutationField('deleteJob', (t) =>
  t.field({
    type: DeleteJobSuccess,
    authScopes: { scope: 'jobs:write' },
    extensions: { cost: { weight: mutationWeight } },
    description: 'Removes a finished job from the history, and its kept outputs. This cannot be undone.',
    args: {
      id: t.arg.id({ required: true, ...idOf("The job's id.") }),
      fromVendor: t.arg.boolean({
        required: false,
        defaultValue: false,
        description: 'Whether to delete the prediction and its files at the vendor first.',
      }),
    },
    errors: {
      types: [JobNotFoundError, JobStateError, VendorUnavailableError, ArchiveUnavailableError],
      union: {
        name: 'DeleteJobResult',
        description: 'The id of the deleted job, or why it was not deleted.',
      },
    },
    resolve: async (_root, { id, fromVendor }, { service }) => ({
      deletedJobId: (await service.remove(id, fromVendor ?? false)).id,
    }),
  }),
)
