import { AccessKeyError, AccessKeyNotFoundError } from '../access/error.ts'
import type { AccessKey as Key } from '../access/key.ts'
import type { NumberedEntry } from '../access/store.ts'
import { type Scope as ScopeName, scopes } from '../access/viewer.ts'
import { bounded, idOf, idsOf } from './bounds.ts'
import { builder, dateOf } from './builder.ts'

const describedScopes: Record<ScopeName, string> = {
  'jobs:read': 'To read and follow jobs.',
  'jobs:write': 'To create, cancel, retry and delete jobs.',
  'uploads:write': 'To upload source clips.',
  admin:
    "To make, list and revoke keys of one's own tenant, and to read its audit log. It includes nothing else.",
}

const Scope = builder.enumType('Scope', {
  description: 'What a key or token allows. None includes another.',
  values: Object.fromEntries(
    scopes.map((scope) => [
      scope.replace(':', '_').toUpperCase(),
      { value: scope, description: describedScopes[scope] },
    ]),
  ),
})

const ViewerObject = builder
  .objectRef<{ tenant: string; name: string; scopes: readonly ScopeName[]; expiresAt: number | null }>(
    'Viewer',
  )
  .implement({
    description: 'Who asks.',
    fields: (t) => ({
      tenant: t.exposeString('tenant', { description: 'Whose jobs they are.' }),
      name: t.exposeString('name', { description: 'The name of the key, or the subject of the token.' }),
      scopes: t.field({
        type: [Scope],
        description: 'What is allowed.',
        resolve: ({ scopes }) => [...scopes],
      }),
      expiresAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When the key or token ends; null for never.',
        resolve: ({ expiresAt }) => dateOf(expiresAt),
      }),
    }),
  })

const AccessKeyObject = builder.objectRef<Key>('AccessKey').implement({
  description: 'A key of this gateway. The key itself is told once, when it is made.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'What it is revoked by; no secret.' }),
    name: t.exposeString('name', { description: 'Its name, for people.' }),
    hint: t.exposeString('hint', { description: 'How the key begins.' }),
    scopes: t.field({ type: [Scope], description: 'What it allows.', resolve: ({ scopes }) => [...scopes] }),
    createdBy: t.exposeString('createdBy', { description: 'Who made it.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was made.',
      resolve: ({ createdAt }) => new Date(createdAt),
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ends by itself; null for never.',
      resolve: ({ expiresAt }) => dateOf(expiresAt),
    }),
    revokedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Since when it lets nobody in; null if it does.',
      resolve: ({ revokedAt }) => dateOf(revokedAt),
    }),
    lastUsedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to the minute; null for never.',
      resolve: ({ lastUsedAt }) => dateOf(lastUsedAt),
    }),
  }),
})

const AuditEntryObject = builder.objectRef<NumberedEntry>('AuditEntry').implement({
  description:
    'Who did what, or tried to: to keys, to jobs (whose timelines tell more), to tickets. Reading is not written down.',
  fields: (t) => ({
    sequence: t.exposeInt('sequence', { description: 'Its place: later entries have higher ones.' }),
    at: t.field({ type: 'DateTime', description: 'When.', resolve: ({ at }) => new Date(at) }),
    actor: t.exposeString('actor', {
      description: 'Who: a key, a token by its subject, or the command line.',
    }),
    action: t.exposeString('action', {
      description: 'The mutation; `createJob` for all that make a job of their own.',
    }),
    target: t.exposeString('target', { nullable: true, description: 'The id of what it was done to.' }),
    address: t.exposeString('address', {
      nullable: true,
      description:
        "The address of the other end of the connection, which may be a proxy's; null on the command line.",
    }),
    result: t.exposeString('result', { description: '`OK`, or the code of the error.' }),
  }),
})

const CreateAccessKeySuccess = builder
  .objectRef<{ key: Key; secret: string }>('CreateAccessKeySuccess')
  .implement({
    description: 'The key was made.',
    fields: (t) => ({
      key: t.expose('key', { type: AccessKeyObject, description: 'What is kept of it.' }),
      secret: t.exposeString('secret', {
        description: 'The key itself. It is told now and never again: only its hash is kept.',
      }),
    }),
  })

const RevokeAccessKeySuccess = builder.objectRef<{ key: Key }>('RevokeAccessKeySuccess').implement({
  description: 'The key lets nobody in any more; its streams end within 30 seconds.',
  fields: (t) => ({ key: t.expose('key', { type: AccessKeyObject, description: 'The key as it is now.' }) }),
})

const TicketObject = builder.objectRef<{ ticket: string; expiresAt: number }>('StreamTicket').implement({
  description:
    'Opens one stream, once, without a header: as `?ticket=` of an event stream, or `{ ticket }` in the parameters of a WebSocket.',
  fields: (t) => ({
    ticket: t.exposeString('ticket', { description: 'The ticket.' }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'Until when it can be shown.',
      resolve: ({ expiresAt }) => new Date(expiresAt),
    }),
  }),
})

const mostEntries = 100
const mostKeys = 1_000
const dayMs = 24 * 3_600_000
const mostTicketJobs = 1_000

builder.queryField('viewer', (t) =>
  t.field({
    type: ViewerObject,
    authScopes: { signedIn: true },
    description: 'Who asks, and what is allowed.',
    resolve: (_root, _args, { viewer }) => ({ ...viewer, scopes: [...viewer.scopes] }),
  }),
)

builder.queryField('accessKeys', (t) =>
  t.field({
    type: [AccessKeyObject],
    authScopes: { scope: 'admin' },
    extensions: { cost: { items: 50 } },
    description: `The keys of the tenant, newest first: ${mostKeys} at the most.`,
    resolve: async (_root, _args, { keys }) => (await keys.list()).slice(0, mostKeys),
  }),
)

builder.queryField('auditLog', (t) =>
  t.field({
    type: [AuditEntryObject],
    authScopes: { scope: 'admin' },
    extensions: { cost: { items: mostEntries } },
    description: `What was done, and refused, in the tenant, newest first: ${mostEntries} entries at the most.`,
    args: {
      before: t.arg.int({
        description: 'Only what comes before this `sequence`: that of the last entry of a page.',
      }),
    },
    resolve: async (_root, { before }, { keys }) => [...(await keys.audit(before ?? null, mostEntries))],
  }),
)

builder.mutationField('createAccessKey', (t) =>
  t.field({
    type: CreateAccessKeySuccess,
    authScopes: { scope: 'admin' },
    extensions: { cost: { weight: 100 } },
    description: 'Makes a key for the tenant. It can do no more than who makes it.',
    args: {
      name: t.arg.string({ required: true, ...bounded({ maxLength: 100 }, 'What people know it by.') }),
      scopes: t.arg({
        type: [Scope],
        required: true,
        ...bounded({ maxItems: scopes.length }, 'What it allows.'),
      }),
      expiresInDays: t.arg.float({ description: 'After how many days it ends by itself; never by default.' }),
    },
    errors: {
      types: [AccessKeyError],
      union: { name: 'CreateAccessKeyResult', description: 'The new key, or why there is none.' },
    },
    resolve: (_root, { name, scopes: allowed, expiresInDays }, { keys }) =>
      keys.create({
        name,
        scopes: allowed as ScopeName[], // the values of the enum
        lifeMs: expiresInDays == null ? null : expiresInDays * dayMs,
      }),
  }),
)

builder.mutationField('revokeAccessKey', (t) =>
  t.field({
    type: RevokeAccessKeySuccess,
    authScopes: { scope: 'admin' },
    extensions: { cost: { weight: 100 } },
    description: 'Ends a key of the tenant. This cannot be undone.',
    args: { id: t.arg.id({ required: true, ...idOf('The id of the key.') }) },
    errors: {
      types: [AccessKeyNotFoundError],
      union: { name: 'RevokeAccessKeyResult', description: 'The key, or why it was not revoked.' },
    },
    resolve: async (_root, { id }, { keys }) => {
      const key = await keys.revoke(id)
      if (key === null) throw new AccessKeyNotFoundError(id)
      return { key }
    },
  }),
)

builder.mutationField('createStreamTicket', (t) =>
  t.field({
    type: TicketObject,
    authScopes: { scope: 'jobs:read' },
    extensions: { cost: { weight: 100 } },
    description:
      'Makes a ticket for a client that cannot send headers, such as `EventSource`. It can be used once, within a minute, and allows to follow jobs and nothing else.',
    args: {
      jobIds: t.arg.idList({
        required: false,
        ...idsOf(mostTicketJobs, 'The jobs that may be followed with it; all by default.'),
      }),
    },
    errors: {
      types: [AccessKeyError],
      union: { name: 'CreateStreamTicketResult', description: 'The ticket, or why there is none.' },
    },
    resolve: (_root, { jobIds }, { makeTicket }) => makeTicket(jobIds ?? null),
  }),
)
