import { ArchiveUnavailableError } from '../archive/error.ts'
import { isUploadId } from '../jobs/id.ts'
import { UploadNotFoundError } from '../service/error.ts'
import type { Upload } from '../uploads/upload.ts'
import { idOf } from './bounds.ts'
import { builder } from './builder.ts'
import { badArgument } from './error.ts'
import { mutationWeight } from './job-actions.ts'
import { noCursor, sizeOf } from './page.ts'

export const UploadObject = builder.objectRef<Upload>('Upload').implement({
  description:
    'A file that was sent to `POST /uploads`. Its `id` may stand wherever a job takes the address of a file of its kind.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id, `upl_…`, which sorts by the time of creation.' }),
    url: t.exposeString('url', { description: 'Where the vendor has it.' }),
    filename: t.exposeString('filename', { description: 'As its sender called it.' }),
    contentType: t.exposeString('contentType', { description: 'What it is, by its first bytes.' }),
    size: t.exposeFloat('bytes', { description: 'Its length in bytes.' }),
    sha256: t.exposeString('hash', { description: 'SHA-256 of its bytes, in hex.' }),
    kept: t.boolean({
      description: 'Whether the gateway has a copy of its own.',
      resolve: ({ kept }, _args, { outputUrl }) => kept !== null && outputUrl(kept) !== null,
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was there whole.',
      resolve: ({ createdAt }) => new Date(createdAt),
    }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'When the vendor drops it: no job can be made of it after that.',
      resolve: ({ expiresAt }) => new Date(expiresAt),
    }),
  }),
})

builder.queryField('upload', (t) =>
  t.field({
    type: UploadObject,
    authScopes: { scope: 'uploads:write' },
    nullable: true,
    description: 'One upload; null if there is none with this id.',
    args: { id: t.arg.id({ required: true, ...idOf("The upload's id.") }) },
    extensions: { cost: { weight: 20 } },
    resolve: (_root, { id }, { uploads }) => uploads.upload(id),
  }),
)

const cursorOf = (id: string) => Buffer.from(id).toString('base64url')

/** The id that a cursor names. */
function readCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString()
  if (!isUploadId(id)) throw noCursor('after')
  return id
}

builder.queryField('uploads', (t) =>
  t.connection(
    {
      type: UploadObject,
      authScopes: { scope: 'uploads:write' },
      extensions: { cost: { weight: 50 } },
      description:
        'What was uploaded, newest first, as a Relay connection that is read forwards: by `first` (20 unless it says otherwise, 100 at the most) and `after`.',
      async resolve(_root, { first, after, last, before }, { uploads }) {
        if (last != null || before != null)
          throw badArgument('`uploads` is read by `first` and `after` alone.')
        const size = sizeOf('first', first)
        const from = after == null ? null : readCursor(after)
        const rows = await uploads.page(from, size + 1)
        const edges = rows.slice(0, size).map((node) => ({ node, cursor: cursorOf(node.id) }))
        return {
          edges,
          pageInfo: {
            startCursor: edges[0]?.cursor ?? null,
            endCursor: edges.at(-1)?.cursor ?? null,
            hasNextPage: rows.length > size,
            hasPreviousPage: from !== null,
          },
        }
      },
    },
    { name: 'UploadConnection', description: 'A page of uploads.' },
    { name: 'UploadEdge', description: 'An upload and its place in the list.' },
  ),
)

const DeleteUploadSuccess = builder
  .objectRef<{ readonly deletedUploadId: string }>('DeleteUploadSuccess')
  .implement({
    description: 'The upload is gone.',
    fields: (t) => ({
      deletedUploadId: t.exposeID('deletedUploadId', { description: 'The id of the deleted upload.' }),
    }),
  })

builder.mutationField('deleteUpload', (t) =>
  t.field({
    type: DeleteUploadSuccess,
    authScopes: { scope: 'uploads:write' },
    extensions: { cost: { weight: mutationWeight } },
    description:
      "Removes an upload and the gateway's copy of it; the vendor drops its own at `expiresAt`. Jobs that were made of it go on, and their `source` is then the vendor's address. This cannot be undone.",
    args: { id: t.arg.id({ required: true, ...idOf("The upload's id.") }) },
    errors: {
      types: [UploadNotFoundError, ArchiveUnavailableError],
      union: {
        name: 'DeleteUploadResult',
        description: 'The id of the deleted upload, or why it was not deleted.',
      },
    },
    resolve: async (_root, { id }, { service }) => ({
      deletedUploadId: (await service.removeUpload(id)).id,
    }),
  }),
)
