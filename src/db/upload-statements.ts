import { RateLimitedError } from '../jobs/rate-limited.ts'
import type { TenantId } from '../jobs/tenant.ts'
import type { TenantUploads, Upload } from '../uploads/upload.ts'
import { useWindow } from './admission.ts'
import { uploadColumns } from './columns.ts'
import type { Run } from './reader.ts'
import { inOrder } from './rows.ts'
import {
  type Dialect,
  type Id,
  insertInto,
  named,
  type Of,
  one,
  type Statements,
  selected,
  writing,
} from './statements.ts'

const dayMs = 24 * 3_600_000 // 24 hours
/** After every id. */
const last = '~'

function createStatements({ isIn, time }: Dialect) {
  const all = selected(uploadColumns)
  return named({
    addUpload: writing<Upload, never>(insertInto('uploads', uploadColumns), uploadColumns),
    upload: one<Of & Id, Upload>(
      `SELECT ${all} FROM uploads WHERE id = :id AND tenant = :tenant`,
      uploadColumns,
    ),
    removeUpload: one<Of & Id, { readonly id: string }>(
      'DELETE FROM uploads WHERE id = :id AND tenant = :tenant RETURNING id',
      {},
    ),
    uploadsAt: one<Of & { readonly urls: readonly string[] }, Upload>(
      `SELECT ${all} FROM uploads WHERE tenant = :tenant AND ${isIn('url', 'urls')} ORDER BY id`,
      uploadColumns,
    ),
    uploadWithHash: one<Of & { readonly hash: string; readonly beyond: number }, Upload>(
      `SELECT ${all} FROM uploads WHERE tenant = :tenant AND hash = :hash AND expires_at > ${time('beyond')}
      ORDER BY expires_at DESC LIMIT 1`,
      uploadColumns,
    ),
    uploads: one<Of & { readonly before: string; readonly limit: number }, Upload>(
      `SELECT ${all} FROM uploads WHERE tenant = :tenant AND id < :before ORDER BY id DESC LIMIT :limit`,
      uploadColumns,
    ),
  })
}

/** What is kept of uploads, on either database. */
export function createUploadStore({
  dialect,
  shared,
  runFor,
  lastingFor,
}: {
  readonly dialect: Dialect
  /** What others count by, too. */
  readonly shared: Pick<Statements, 'countUse'>
  /** Runs a statement for a tenant. */
  readonly runFor: (tenant: TenantId) => Run
  /** The same for what has to outlive a power failure. */
  readonly lastingFor: (tenant: TenantId) => Run
}): (tenant: TenantId) => TenantUploads {
  const statements = createStatements(dialect)
  return (tenant) => {
    const run = runFor(tenant)
    return {
      upload: async (id) => (await run(statements.upload, { tenant, id }))[0] ?? null,
      at: async (urls) => inOrder(urls, await run(statements.uploadsAt, { tenant, urls }), ({ url }) => url),
      withHash: async (hash, beyond) =>
        (await run(statements.uploadWithHash, { tenant, hash, beyond }))[0] ?? null,
      page: (before, limit) => run(statements.uploads, { tenant, before: before ?? last, limit }),
      async count(most, now) {
        const [used] = await run(shared.countUse, { tenant, kind: 'upload', ...useWindow(now, dayMs) })
        if (used && used.times > most)
          throw new RateLimitedError('uploadsPerDay', most, used.since + dayMs - now)
      },
      async add(upload) {
        await lastingFor(tenant)(statements.addUpload, upload)
      },
      remove: async (id) => (await lastingFor(tenant)(statements.removeUpload, { tenant, id })).length > 0,
    }
  }
}
