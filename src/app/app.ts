import { AsyncDisposableStack } from '@whatwg-node/disposablestack'
import { createAudit } from '../access/audit.ts'
import type { Viewer } from '../access/viewer.ts'
import { isLoopbackHost } from '../address.ts'
import { createDownloads } from '../archive/download.ts'
import { openArchive } from '../archive/open.ts'
import { createPictures } from '../archive/pictures.ts'
import { findPosters } from '../archive/poster.ts'
import { type Config, describeConfig, secretsOf } from '../config.ts'
import { aroundEach } from '../db/around.ts'
import { untilFree } from '../db/retry-on-busy.ts'
import type { SteadyClock, SystemClock } from '../jobs/clock.ts'
import { systemClock } from '../jobs/clock.ts'
import { isUploadId, type RandomBytes } from '../jobs/id.ts'
import type { TenantId } from '../jobs/tenant.ts'
import { createLog, type Logger } from '../log.ts'
import type { SchemaContext } from '../schema/builder.ts'
import { schema } from '../schema/index.ts'
import { outputsPath, type Readiness } from '../server/routes.ts'
import { createServer } from '../server/server.ts'
import { webhookPath } from '../server/webhook.ts'
import { createFetch, type VendorFetch } from '../wavespeed/fetch.ts'
import { openAccess } from './access.ts'
import { type Backends, openBackends } from './backends.ts'
import { createContexts } from './context.ts'
import { type ArchiveParts, type Core, createCore } from './core.ts'
import { loadPersistedDocuments } from './persisted.ts'
import { createChecks } from './readiness.ts'
import { stopShares } from './stop.ts'
import { openUploads, privateHostsOf } from './uploads.ts'

/** What tests replace: the clock, chance, the log and the way to the vendor, and nothing else. */
export interface Overrides {
  /** In the place of the one of the process. */
  readonly clock?: SteadyClock
  /** The machine's, which may be set. */
  readonly system?: SystemClock
  readonly random?: RandomBytes
  readonly log?: Logger
  readonly fetch?: VendorFetch
  /** Told every SQL statement as it runs. */
  readonly onStatement?: (sql: string) => void
  /** Where the history and the events are, in the place of what the configuration names; closed by the test. */
  readonly backends?: Backends
}

export interface App {
  readonly url: string
  readonly port: number
  /** What is open right now; all zero when nobody is connected and nothing runs. */
  readonly gauges: () => { readonly listeners: number; readonly steps: number }
  /** Stops listening, finishes steps, closes the database; takes less than 10 seconds. May be called twice. */
  stop(): Promise<void>
}

/** How long the start waits for the vendor's first answer; an outage must not keep the history from being read. */
const firstAnswerMs = 2_000 // 2 seconds

const cryptoRandom: RandomBytes = (bytes) => crypto.getRandomValues(bytes)

/** Builds every part in order and starts it. If a part fails to start, those before it are closed again. */
export async function startApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const { random = cryptoRandom, log = createLog(config.log.level, undefined, secretsOf(config)) } = overrides
  await using stack = new AsyncDisposableStack()
  log.info({ config: describeConfig(config), node: process.version }, 'starting')
  for (const warning of config.warnings ?? []) log.warn(warning)
  const persisted = loadPersistedDocuments(config, schema)
  const { publicUrl, callbacks } = config.server
  if (publicUrl && !callbacks) {
    log.warn('PUBLIC_URL is no public https address: the vendor is not asked to call back, jobs are polled')
  }

  const { clock: givenClock, system, onStatement } = overrides
  const backends =
    overrides.backends ?? (await openBackends({ config, stack, log, clock: givenClock, system, onStatement }))
  const { clock, history, events, shared } = backends
  const hurry = new AbortController()
  const whenFree = untilFree(clock, hurry.signal)
  const store = aroundEach(backends.access, whenFree)
  const uploads = { for: (tenant: TenantId) => aroundEach(backends.uploads.for(tenant), whenFree) }
  const keyOptions = { store, clock, random, environment: environmentOf(config) }
  const { access, limiter, signer } = await openAccess({ ...keyOptions, config, log, stack })
  const auditFor = createAudit({ ...keyOptions, log })
  stack.defer(() => hurry.abort()) // Before `access` closes, which may write.
  const wire = stack.adopt(createFetch({ proxy: config.proxy }), (fetch) => fetch.close())
  const archive = await openArchiveParts(config, { log, stack })
  const core = createCore({
    config,
    history,
    events,
    shared,
    clock,
    random,
    fetch: overrides.fetch ?? wire.fetch,
    log,
    callbackUrl: callbacks ? (jobId, token) => publicUrl + webhookPath(jobId, token) : null,
    archive,
    uploads,
    stepsMs: stopShares.stepsMs,
    writesMs: stopShares.writesMs,
    breakOff() {
      void wire.close()
      archive?.archive.close()
    },
  })

  const outputAddress = (key: string, { kind }: Viewer) =>
    outputsPath + key + (signer === null || kind === 'local' ? '' : `?${signer.sign(key)}`)
  const parts = { config, core, limiter, auditFor, uploads, clock, random, log }
  const contextFor = createContexts({ ...parts, keyOptions, outputPath: archive && outputAddress })
  let listensAt = ''
  const server = createServer<SchemaContext>({
    schema,
    log,
    clock,
    ...config.server,
    limits: limitsOf(config),
    graceMs: stopShares.requestsMs,
    serves: config.role === 'worker' ? 'health' : 'everything',
    access,
    limiter,
    persisted,
    graphiql: config.access.graphiql,
    createContext: (request) => contextFor({ ...request, calledAs: request.calledAs ?? listensAt }),
    readiness: readinessOf(core, config),
    webhooks: core.webhooks,
    locateOutput: async (key, method) => (archive ? archive.archive.locate(key, method) : null),
    outputs: {
      isSigned: (key, query) => signer?.verify(key, query) === true,
      isOf: async (id, { tenant }) =>
        (await (isUploadId(id) ? uploads.for(tenant).upload(id) : history.for(tenant).job(id))) !== null,
    },
    uploads: openUploads({ ...parts, archive, stack }),
    sandbox: () => (core.isSandbox() ? config.vendor.baseUrl : null),
  })
  // Side by side: no job is sent any more from the first moment on, and together they stay within the limit.
  stack.defer(async () => {
    await Promise.all([core.stop(), server.close()])
  })

  // A gateway that cannot listen must not have worked on anything.
  const address = await server.listen()
  listensAt = address.url
  if (config.role !== 'web') await core.work()
  await within(firstAnswerMs, core.checkVendor())
  log.info({ url: `${address.url}/graphql` }, 'listening')

  const opened = stack.move()
  let stopped: Promise<void> | null = null
  return {
    ...address,
    gauges: () => ({ listeners: events.listeners, steps: core.steps() }),
    stop() {
      stopped ??= opened.disposeAsync().then(() => log.info('stopped'))
      return stopped
    },
  }
}

/** As many WebSockets in a minute as connections: after a restart all of them come again. */
const limitsOf = ({ server: { connections, connectionsPerAddress } }: Config) => ({
  connections,
  connectionsPerAddress,
  handshakesPerMinute: connectionsPerAddress,
})

/** A sandbox is on this machine. */
const environmentOf = ({ vendor }: Config) =>
  isLoopbackHost(new URL(vendor.baseUrl).hostname) ? ('test' as const) : ('live' as const)

/** The archive, if there is to be one, and what copies to it. */
async function openArchiveParts(
  { archive: config, vendor, proxy }: Config,
  { log, stack }: { readonly log: Logger; readonly stack: AsyncDisposableStack },
): Promise<ArchiveParts | null> {
  if (!config) return null
  const archive = stack.adopt(await openArchive(config.target), (open) => open.close())
  const source = stack.adopt(
    createDownloads({ mayBePrivate: privateHostsOf({ vendor }), proxy }),
    (downloads) => downloads.close(),
  )
  const draw = await findPosters(config.posters)
  if (draw === null) log.info(config.posters, 'there is no ffmpeg: kept outputs have no posters')
  const pictures = stack.adopt(createPictures({ archive, draw, log }), (open) => open.close())
  return { archive, source, maxBytes: config.maxBytes, pictures }
}

/** Asks every part how it stands; ready is who has all that this process needs. */
function readinessOf(core: Core, { role }: Config): () => Promise<Readiness> {
  const askAll = createChecks()
  // Who takes no steps can record jobs all the same.
  const needed = ['database', 'vendor', ...(role === 'web' ? [] : ['steps'])]
  return async () => {
    const checks = await askAll(core.checks)
    return { ready: needed.every((name) => checks[name]?.ok), checks }
  }
}

/** Waits for the promise, but no longer than `ms` of real time. */
function within(ms: number, promise: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = systemClock.after(ms, resolve)
    promise.finally(cancel).then(resolve, reject)
  })
}
