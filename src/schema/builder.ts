import SchemaBuilder from '@pothos/core'
import ErrorsPlugin from '@pothos/plugin-errors'
import RelayPlugin from '@pothos/plugin-relay'
import { GraphQLDateTimeISO } from 'graphql-scalars'
import type { FollowOptions } from '../jobs/follow.ts'
import type { Job, JobReader, VendorStatus } from '../jobs/ports.ts'
import type { JobService } from '../jobs/service.ts'
import type { WaitingFor } from '../jobs/waiting.ts'
import type { Loaders } from './loaders.ts'

/** What a resolver may use: nothing of HTTP, of databases or of the vendor. */
export interface SchemaContext {
  readonly service: JobService
  readonly reader: JobReader
  readonly follow: FollowOptions
  readonly loaders: Loaders
  readonly gateway: {
    vendor(): VendorStatus
    waitingFor(job: Job): WaitingFor | null
  }
  /** The address of a kept output; null if no archive is configured. */
  readonly outputUrl: (key: string) => string | null
}

/** The GraphQL face. Each type's file adds itself and the operations that return it; index.ts only imports them. */
export const builder = new SchemaBuilder<{
  Context: SchemaContext
  DefaultFieldNullability: false
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
  Scalars: { DateTime: { Input: Date; Output: Date }; ID: { Input: string; Output: string } }
}>({
  plugins: [ErrorsPlugin, RelayPlugin],
  defaultFieldNullability: false,
  errors: { defaultTypes: [], directResult: true },
  relay: {
    // A job's id is global and readable as it is: `job_` and a sortable UUID. It is the only kind of node.
    encodeGlobalID: (_type, id) => String(id),
    decodeGlobalID: (id) => ({ typename: 'Job', id }),
    nodeTypeOptions: { description: 'Anything with a global id.', resolveType: () => 'Job' },
    nodeQueryOptions: {
      description: 'Anything with a global id; null if there is none with this id.',
      args: { id: { description: 'The global id.' } },
      resolve: (_root, { id }, { reader }) => reader.job(id.id),
    },
    nodesQueryOptions: {
      description: 'As `node`, for several ids at once, in their order.',
      args: { ids: { description: 'The global ids.' } },
      resolve: async (_root, { ids }, { reader }) => [...(await reader.jobs(ids.map(({ id }) => id)))],
    },
    edgesFieldOptions: {
      nullable: { list: false, items: false },
      description: 'The jobs with their cursors.',
    },
    nodeFieldOptions: { nullable: false, description: 'The job.' },
    idFieldOptions: { description: 'The global id.' },
    pageInfoFieldOptions: { description: 'Where the page lies in the list.' },
    pageInfoTypeOptions: { description: 'Where a page lies in its list.' },
    hasNextPageFieldOptions: { description: 'Whether more comes after this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether something comes before this page.' },
    startCursorFieldOptions: { description: 'The cursor of the first entry; null on an empty page.' },
    endCursorFieldOptions: { description: 'The cursor of the last entry; null on an empty page.' },
    firstArgOptions: { description: 'So many from the beginning; not together with `last`.' },
    lastArgOptions: { description: 'So many from the end; not together with `first`.' },
    afterArgOptions: { description: 'Only what comes after this cursor.' },
    beforeArgOptions: { description: 'Only what comes before this cursor.' },
    cursorFieldOptions: { description: 'Its place in this list, for `after` and `before`.' },
  },
})

builder.addScalarType('DateTime', GraphQLDateTimeISO)

builder.queryType({ description: 'What can be read.' })
builder.mutationType({
  description: 'What can be done. Every answer is a union: the success, or an expected error as data.',
})
builder.subscriptionType({ description: 'What can be followed, over Server-Sent Events or WebSocket.' })
