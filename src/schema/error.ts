import { GraphQLError } from 'graphql'
import { AccessKeyError, AccessKeyNotFoundError } from '../access/error.ts'
import { ArchiveUnavailableError } from '../archive/error.ts'
import { ExpectedError } from '../expected-error.ts'
import { HistoryUnavailableError } from '../jobs/history-error.ts'
import type { InputIssue } from '../jobs/input.ts'
import type { JobState as JobStateName } from '../jobs/job.ts'
import { RateLimitedError } from '../jobs/rate-limited.ts'
import {
  IdempotencyConflictError,
  InvalidInputError,
  JobNotFoundError,
  JobStateError,
  UploadNotFoundError,
  VendorUnavailableError,
} from '../service/error.ts'
import { builder } from './builder.ts'
import { JobState } from './job.ts'

/** The codes of the errors that are members of result unions. */
const codes = {
  INVALID_INPUT: { description: 'The input breaks rules of the model: see `issues`.' },
  IDEMPOTENCY_CONFLICT: { description: 'The key was used before, for another input.' },
  JOB_NOT_FOUND: { description: 'There is no job with this id.' },
  JOB_STATE: { description: "The job's state does not allow this." },
  ARCHIVE_UNAVAILABLE: {
    description: 'The archive of outputs could not do what was asked; try again later.',
  },
  ACCESS_KEY: { description: 'The key cannot be made as it was asked for: the message says why.' },
  ACCESS_KEY_NOT_FOUND: { description: 'There is no key with this id.' },
  RATE_LIMITED: { description: 'A limit of the tenant is reached; try again after `retryAfter` seconds.' },
  UPLOAD_NOT_FOUND: { description: 'No upload of the tenant has this id.' },
  VENDOR_UNAVAILABLE: { description: 'The vendor could not do what was asked; try again later.' },
} as const

const ErrorCode = builder.enumType('ErrorCode', {
  description: 'Which expected failure of a mutation it is. More may be added.',
  values: codes,
})

const ErrorInterface = builder.interfaceRef<ExpectedError>('Error').implement({
  description: 'An expected failure of a mutation.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'A sentence for people.' }),
    code: t.field({
      type: ErrorCode,
      description: 'A word for programs; it does not change.',
      resolve: (error) => error.code as keyof typeof codes, // A test compares the classes with the codes.
    }),
  }),
})

const InputIssueObject = builder.objectRef<InputIssue>('InputIssue').implement({
  description: 'One fault of one input field.',
  fields: (t) => ({
    path: t.exposeString('path', {
      description: 'The field below `input` or `parameters`, such as `strength` or `loras.1.scale`.',
    }),
    message: t.exposeString('message', { description: 'What is wrong and what is allowed.' }),
    minimum: t.exposeFloat('minimum', {
      nullable: true,
      description: 'Smallest value (or number of entries) allowed, where there is one.',
    }),
    maximum: t.exposeFloat('maximum', {
      nullable: true,
      description: 'Largest value (or number of entries) allowed, where there is one.',
    }),
  }),
})

builder.objectType(InvalidInputError, {
  name: 'InvalidInputError',
  description: 'The input breaks rules of the model. Nothing was recorded and nothing was sent.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    issues: t.field({
      type: [InputIssueObject],
      description: 'Every fault at once.',
      resolve: (error) => [...error.issues],
    }),
  }),
})

builder.objectType(IdempotencyConflictError, {
  name: 'IdempotencyConflictError',
  description: 'The `idempotencyKey` was used before, for another input. Nothing was recorded.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ jobId: t.exposeID('jobId', { description: 'The job that was made with the key.' }) }),
})

builder.objectType(JobNotFoundError, {
  name: 'JobNotFoundError',
  description: 'There is no job with this id.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ jobId: t.exposeID('jobId', { description: 'The id that was asked for.' }) }),
})

builder.objectType(UploadNotFoundError, {
  name: 'UploadNotFoundError',
  description: 'There is no upload with this id.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ uploadId: t.exposeID('uploadId', { description: 'The id that was asked for.' }) }),
})

builder.objectType(JobStateError, {
  name: 'JobStateError',
  description: "The job's state does not allow this.",
  interfaces: [ErrorInterface],
  fields: (t) => ({
    state: t.field({
      type: JobState,
      description: 'The state the job is in.',
      resolve: (error) => error.state as JobStateName,
    }),
    allowed: t.field({
      type: [JobState],
      description: 'The states that would allow it.',
      resolve: (error) => error.allowed as JobStateName[],
    }),
  }),
})

builder.objectType(RateLimitedError, {
  name: 'RateLimitedError',
  description: 'A limit of your tenant is reached. Nothing was recorded.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    retryAfter: t.exposeInt('retryAfter', {
      description: 'Seconds after which it makes sense to try again.',
    }),
  }),
})

builder.objectType(VendorUnavailableError, {
  name: 'VendorUnavailableError',
  description: 'The vendor could not do what was asked; nothing was changed here either.',
  interfaces: [ErrorInterface],
})

builder.objectType(ArchiveUnavailableError, {
  name: 'ArchiveUnavailableError',
  description: 'The archive could not do what was asked, so the job, or the upload, was kept.',
  interfaces: [ErrorInterface],
})

builder.objectType(AccessKeyError, {
  name: 'AccessKeyError',
  description: 'The key cannot be made as it was asked for.',
  interfaces: [ErrorInterface],
})

builder.objectType(AccessKeyNotFoundError, {
  name: 'AccessKeyNotFoundError',
  description: 'There is no key with this id.',
  interfaces: [ErrorInterface],
})

/** An argument that makes no sense, in a query or subscription, where there is no result union. */
export function badArgument(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })
}

/** Runs `read`; an expected failure becomes a GraphQL error with its code. For operations without a union. */
export async function orGraphQLError<T>(read: Promise<T>): Promise<T> {
  try {
    return await read
  } catch (error) {
    // One with a cause is for the log too: the server tells both.
    if (error instanceof ExpectedError && !(error instanceof HistoryUnavailableError)) {
      throw new GraphQLError(error.message, { extensions: { code: error.code } })
    }
    throw error
  }
}

/** The same for a subscription: for its beginning, and for each event. */
export async function orGraphQLErrors<T>(
  opened: Promise<AsyncIterableIterator<T>>,
): Promise<AsyncIterableIterator<T>> {
  const source = await orGraphQLError(opened)
  const stream: AsyncIterableIterator<T> = {
    next: () => orGraphQLError(source.next()),
    return: async () => (await source.return?.()) ?? { done: true, value: undefined },
    [Symbol.asyncIterator]: () => stream,
  }
  return stream
}
