import { type Audit, audited } from '../access/audit.ts'
import type { Limiter } from '../access/limiter.ts'
import type { Viewer } from '../access/viewer.ts'
import { isLoopbackHost } from '../address.ts'
import type { Config } from '../config.ts'
import { retention } from '../jobs/cadence.ts'
import type { SteadyClock } from '../jobs/clock.ts'
import type { RandomBytes } from '../jobs/id.ts'
import type { Logger } from '../log.ts'
import type { UploadReceiver } from '../server/uploads.ts'
import { createUploads } from '../uploads/receive.ts'
import type { UploadStore } from '../uploads/upload.ts'
import { createVendorUploads } from '../wavespeed/upload.ts'
import type { ArchiveParts, Core } from './core.ts'

export interface UploadParts {
  readonly config: Pick<Config, 'server' | 'vendor' | 'proxy'>
  readonly core: Pick<Core, 'toVendor'>
  readonly uploads: UploadStore
  readonly archive: ArchiveParts | null
  readonly limiter: Pick<Limiter, 'limitsOf'>
  readonly auditFor: (viewer: Viewer, address: string | null) => Audit
  readonly clock: SteadyClock
  readonly random: RandomBytes
  readonly log: Logger
  /** Closes what was opened, the last first. */
  readonly stack: AsyncDisposableStack
}

/** Hosts that may be on this machine: the sandbox's files are, the vendor's are not, whatever its answers say. */
export function privateHostsOf({ vendor }: Pick<Config, 'vendor'>): (host: string) => boolean {
  const { hostname } = new URL(vendor.baseUrl)
  return (host) => isLoopbackHost(hostname) || host === hostname
}

/** What takes the files that are sent to the gateway. */
export function openUploads(parts: UploadParts): UploadReceiver {
  const { config, core, archive, limiter, auditFor, clock, random, log, stack } = parts
  const vendor = stack.adopt(
    createVendorUploads({ ...core.toVendor, mayBePrivate: privateHostsOf(config), proxy: config.proxy }),
    (open) => open.close(),
  )
  const uploads = createUploads({
    store: parts.uploads,
    vendor,
    clock,
    random,
    log,
    archive: archive && { ...bound(archive), maxBytes: archive.maxBytes },
    maxBytes: config.server.uploadBytes,
    retentionMs: retention,
  })
  return {
    async receive(viewer, address, file) {
      const { uploadsPerDay: perDay } = await limiter.limitsOf(viewer)
      const receive = () => uploads.receive({ tenant: viewer.tenant, perDay }, file)
      return audited(auditFor(viewer, address), 'upload', null, receive, ({ upload }) => upload.id)
    },
  }
}

const bound = ({ archive }: ArchiveParts) => ({
  put: archive.put.bind(archive),
  remove: archive.remove.bind(archive),
})
