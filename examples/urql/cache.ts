import { type CacheExchangeOpts, cacheExchange } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'

/** A part of what it stands in, with no key of its own. */
const embedded = () => null

export const keys: NonNullable<CacheExchangeOpts['keys']> = {
  // Jobs have an `id`; these have not.
  ModelInfo: ({ vendorId }) => String(vendorId),
  Gateway: () => 'gateway',
  Viewer: () => 'viewer',
  AuditEntry: ({ sequence }) => String(sequence),
  CancelJobSuccess: embedded,
  CreateAccessKeySuccess: embedded,
  CreateI2VLoraJobSuccess: embedded,
  CreateJobSuccess: embedded,
  CreateT2VLoraJobSuccess: embedded,
  CreateV2VLoraJobSuccess: embedded,
  DeleteJobSuccess: embedded,
  DeleteUploadSuccess: embedded,
  RetryJobSuccess: embedded,
  RevokeAccessKeySuccess: embedded,
  StreamTicket: embedded,
  AccessKeyError: embedded,
  AccessKeyNotFoundError: embedded,
  ArchiveUnavailableError: embedded,
  IdempotencyConflictError: embedded,
  InvalidInputError: embedded,
  JobNotFoundError: embedded,
  JobStateError: embedded,
  RateLimitedError: embedded,
  UploadNotFoundError: embedded,
  VendorUnavailableError: embedded,
  I2VLoraParameters: embedded,
  T2VLoraParameters: embedded,
  V2VLoraParameters: embedded,
  InputIssue: embedded,
  JobError: embedded,
  AccountLimits: embedded,
  JobChange: embedded,
  JobCount: embedded,
  JobOutput: embedded,
  JobProgress: embedded,
  JobSource: embedded,
  Lora: embedded,
  ModelParameter: embedded,
  TimelineEntry: embedded,
  UploadRules: embedded,
  VendorStatus: embedded,
}

/** @param schema the introspection of the schema, as GraphQL Code Generator writes it */
export const createCache = (schema: NonNullable<CacheExchangeOpts['schema']>) =>
  cacheExchange({
    schema,
    keys,
    resolvers: {
      Query: {
        jobs: relayPagination(),
        uploads: relayPagination(),
        // A job that a list or a stream has brought is not fetched again.
        job: (_parent, { id }) => ({ __typename: 'Job', id: String(id) }),
      },
    },
  })
