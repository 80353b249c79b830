import SchemaBuilder from '@pothos/core'
import ErrorsPlugin from '@pothos/plugin-errors'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin, { type AuthFailure } from '@pothos/plugin-scope-auth'
import { GraphQLError } from 'graphql'
import { GraphQLDateTimeISO, GraphQLJSON } from 'graphql-scalars'
import type { Audit } from '../access/audit.ts'
import type { KeyAdmin } from '../access/keys.ts'
import type { Scope, Viewer } from '../access/viewer.ts'
import type { Progress } from '../jobs/estimate.ts'
import type { ListedJob } from '../jobs/job.ts'
import type { JobReader } from '../jobs/store.ts'
import type { VendorStatus } from '../jobs/vendor.ts'
import type { ChangesOptions } from '../service/changes.ts'
import type { FollowOptions } from '../service/follow.ts'
import type { JobService } from '../service/service.ts'
import type { TenantUploads } from '../uploads/upload.ts'
import type { WaitingFor } from '../worker/waiting.ts'
import { bounded, idOf, idsOf } from './bounds.ts'
import type { Loaders } from './loaders.ts'
import { asksForInput } from './selection.ts'

/** Of one `nodes`, as of one page. */
const mostNodes = 100
/** Ours have about a hundred characters. */
const longestCursor = 1_000

/** What an account allows. */
export interface AccountLimits {
  readonly videosPerMinute: number
  readonly concurrency: number
}

/** What the gateway knows of itself, and of the vendor behind it. */
export interface GatewayFacts {
  vendor(): VendorStatus
  waitingFor(job: ListedJob): WaitingFor | null
  progressOf(job: ListedJob): Progress | null
  /** The sandbox's address when the vendor is a sandbox, else null. */
  sandbox(): string | null
  /** The largest upload. */
  readonly uploadBytes: number
  readonly keepsOutputs: boolean
  readonly limits: AccountLimits
  readonly version: string
}

/** What a resolver may use: nothing of HTTP, of databases or of the vendor. */
export interface SchemaContext {
  readonly viewer: Viewer
  /** The keys of the viewer's tenant. */
  readonly keys: KeyAdmin
  /** Makes a ticket in the viewer's name, to follow these jobs, or all where none is named. */
  readonly makeTicket: (
    jobIds: readonly string[] | null,
  ) => Promise<{ readonly ticket: string; readonly expiresAt: number }>
  /** Writes down what the viewer was not allowed to do. */
  readonly audit: Audit
  readonly service: JobService
  readonly reader: JobReader
  readonly uploads: Pick<TenantUploads, 'upload' | 'page'>
  readonly follow: FollowOptions
  readonly changes: ChangesOptions
  readonly loaders: Loaders
  readonly gateway: GatewayFacts
  /** The address of a kept output; null if no archive is configured. */
  readonly outputUrl: (key: string) => string | null
}

const notAllowed = 'FORBIDDEN'

/** Says which scope is missing: whoever asks knows the own rights, and `viewer` tells them. */
function forbidden(field: string, failure: AuthFailure): GraphQLError {
  const scope = scopeIn(failure)
  const why = scope === null ? 'is not allowed' : `needs the scope ${scope}`
  return new GraphQLError(`\`${field}\` ${why}.`, { extensions: { code: notAllowed } })
}

function scopeIn(failure: AuthFailure): string | null {
  if (failure.kind === 'AuthScope' && failure.scope === 'scope') return String(failure.parameter)
  const inner = failure.kind === 'AnyAuthScopes' || failure.kind === 'AllAuthScopes' ? failure.failures : []
  return inner.map(scopeIn).find((scope) => scope !== null) ?? null
}

/** The GraphQL face. Each type's file adds itself and the operations that return it; index.ts only imports them. */
export const builder = new SchemaBuilder<{
  Context: SchemaContext
  AuthScopes: {
    scope: Scope
    /** Of who comes with a ticket: to follow these jobs; null is all. */
    ticketFor: readonly string[] | null
    signedIn: boolean
  }
  DefaultFieldNullability: false
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
  Scalars: {
    DateTime: { Input: Date; Output: Date }
    ID: { Input: string; Output: string }
    JSON: { Input: unknown; Output: unknown }
  }
}>({
  // The relay plugin reads ids; whether they may be asked for comes next.
  plugins: [RelayPlugin, ScopeAuthPlugin, ErrorsPlugin],
  scopeAuth: {
    authorizeOnSubscribe: true,
    authScopes: ({ viewer: { scopes, follows } }) => ({
      scope: (scope) => scopes.has(scope),
      ticketFor: (ids) =>
        follows !== undefined && (follows === null || (ids?.every((id) => follows.includes(id)) ?? false)),
      signedIn: true,
    }),
    unauthorizedError(_parent, { audit }, { parentType, fieldName }, { failure }) {
      // Nothing waits for it: nothing was done. What is only read is not written down.
      if (parentType.name === 'Mutation') void audit(fieldName, null, notAllowed)
      return forbidden(`${parentType.name}.${fieldName}`, failure)
    },
  },
  defaultFieldNullability: false,
  errors: { defaultTypes: [], directResult: true },
  relay: {
    // A job's id is global and readable as it is: `job_` and a sortable UUID. It is the only kind of node.
    encodeGlobalID: (_type, id) => String(id),
    decodeGlobalID: (id) => ({ typename: 'Job', id }),
    nodeTypeOptions: { description: 'Anything with a global id.', resolveType: () => 'Job' },
    nodeQueryOptions: {
      description: 'Anything with a global id; null if there is none with this id.',
      args: { id: idOf('The global id.') },
      extensions: { cost: { weight: 20 } },
      authScopes: { scope: 'jobs:read' },
      resolve: (_root, { id }, { reader }) => reader.job(id.id),
    },
    nodesQueryOptions: {
      description:
        'As `node`, for several ids at once: in their order, null for each that there is none with.',
      args: { ids: idsOf(mostNodes, 'The global ids.') },
      authScopes: { scope: 'jobs:read' },
      extensions: { cost: { weight: 10 } },
      async resolve(_root, { ids }, { reader }, info) {
        const unique = [...new Set(ids.map(({ id }) => id))]
        const jobs = await (asksForInput(info) ? reader.jobs(unique) : reader.listed(unique))
        const byId = new Map(unique.map((id, index) => [id, jobs[index] ?? null]))
        return ids.map(({ id }) => byId.get(id) ?? null)
      },
    },
    edgesFieldOptions: {
      nullable: { list: false, items: false },
      description: 'The entries with their cursors.',
    },
    nodeFieldOptions: { nullable: false, description: 'The entry.' },
    idFieldOptions: { description: 'The global id.' },
    pageInfoFieldOptions: { description: 'Where the page lies in the list.' },
    pageInfoTypeOptions: { description: 'Where a page lies in its list.' },
    hasNextPageFieldOptions: { description: 'Whether more comes after this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether something comes before this page.' },
    startCursorFieldOptions: { description: 'The cursor of the first entry; null on an empty page.' },
    endCursorFieldOptions: { description: 'The cursor of the last entry; null on an empty page.' },
    firstArgOptions: { description: 'So many from the beginning; not together with `last`.' },
    lastArgOptions: { description: 'So many from the end; not together with `first`.' },
    afterArgOptions: bounded({ maxLength: longestCursor }, 'Only what comes after this cursor.'),
    beforeArgOptions: bounded({ maxLength: longestCursor }, 'Only what comes before this cursor.'),
    cursorFieldOptions: { description: 'Its place in this list, for `after` and `before`.' },
  },
})

builder.addScalarType('DateTime', GraphQLDateTimeISO)
builder.addScalarType('JSON', GraphQLJSON)

/** A time, in milliseconds since 1970, as a `DateTime` has it. */
export const dateOf = (time: number | null) => (time === null ? null : new Date(time))

builder.queryType({ description: 'What can be read.' })
builder.mutationType({
  description: 'What can be done. Every answer is a union: the success, or an expected error as data.',
})
builder.subscriptionType({ description: 'What can be followed, over Server-Sent Events or WebSocket.' })
