import { type Audit, audited } from '../access/audit.ts'
import { createKeyAdmin, type KeyOptions } from '../access/keys.ts'
import type { Limiter } from '../access/limiter.ts'
import { createTicket } from '../access/ticket.ts'
import { labelOf, type Viewer } from '../access/viewer.ts'
import type { Config } from '../config.ts'
import type { SteadyClock } from '../jobs/clock.ts'
import type { GatewayFacts, SchemaContext } from '../schema/builder.ts'
import { createLoaders } from '../schema/loaders.ts'
import type { ContextRequest } from '../server/graphql.ts'
import { telling } from '../service/service.ts'
import { rateWindowMs } from '../spending/window.ts'
import type { UploadStore } from '../uploads/upload.ts'
import { version } from '../version.ts'
import type { Core } from './core.ts'

export interface ContextParts {
  readonly config: Pick<Config, 'server' | 'tenants' | 'vendor'>
  readonly core: Pick<Core, 'open' | 'vendor' | 'waitingFor' | 'progressOf' | 'isSandbox'>
  readonly limiter: Pick<Limiter, 'limitsOf'>
  readonly auditFor: (viewer: Viewer, address: string | null) => Audit
  readonly keyOptions: KeyOptions
  readonly uploads: UploadStore
  readonly clock: SteadyClock
  /** Where a kept file is found by this viewer; null where none is kept. */
  readonly outputPath: ((key: string, viewer: Viewer) => string) | null
}

/** What the resolvers of one request may use: all of it of the viewer's tenant alone. */
export function createContexts(
  parts: ContextParts,
): (request: ContextRequest & { readonly calledAs: string }) => SchemaContext {
  const { config, core, limiter, auditFor, keyOptions, clock, outputPath } = parts
  const gateway: GatewayFacts = {
    vendor: core.vendor,
    waitingFor: core.waitingFor,
    progressOf: core.progressOf,
    sandbox: () => (core.isSandbox() ? config.vendor.baseUrl : null),
    uploadBytes: config.server.uploadBytes,
    keepsOutputs: outputPath !== null,
    limits: config.vendor.limits,
    version,
  }
  return ({ viewer, address, calledAs, ...told }) => {
    const { tenant, kind } = viewer
    const by = kind === 'local' ? null : labelOf(viewer)
    const audit = auditFor(viewer, address)
    const { service, reader, follow, changes } = core.open({
      tenant,
      by,
      limits: () => limiter.limitsOf(viewer),
    })
    const uploads = parts.uploads.for(tenant)
    return {
      viewer,
      keys: createKeyAdmin(keyOptions, viewer, address, audit),
      makeTicket: (jobIds) =>
        audited(audit, 'createStreamTicket', null, () => createTicket(keyOptions, viewer, jobIds)),
      audit,
      service: telling(service, { ...told, act: (...deed) => audited(audit, ...deed) }),
      reader,
      uploads,
      follow,
      changes,
      loaders: createLoaders(reader, uploads, () => ({
        windowStart: clock.ago(rateWindowMs),
        perTenant: config.tenants.runningJobs,
      })),
      gateway,
      outputUrl: (key) => outputPath && `${config.server.publicUrl ?? calledAs}${outputPath(key, viewer)}`,
    }
  }
}
