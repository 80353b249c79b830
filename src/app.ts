import { randomInt, randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { AsyncDisposableStack } from '@whatwg-node/disposablestack'
import { isLoopbackHost } from './address.ts'
import { createDownloads } from './archive/download.ts'
import { openArchive } from './archive/open.ts'
import { openBackends } from './backends.ts'
import { type Config, describeConfig, secretsOf } from './config.ts'
import { createCallbacks } from './jobs/callback.ts'
import { systemClock } from './jobs/clock.ts'
import { createEngine } from './jobs/engine.ts'
import { createHolds } from './jobs/holds.ts'
import { drawCallbackToken, type RandomBytes } from './jobs/id.ts'
import { createJobLines } from './jobs/job-lines.ts'
import { createJournal } from './jobs/journal.ts'
import { createKeeping, type Keeping } from './jobs/keep.ts'
import { createLeases, exclusiveTerms, sharedTerms } from './jobs/lease.ts'
import { createOutage } from './jobs/outage.ts'
import { createPauseLines } from './jobs/pause-lines.ts'
import type { Clock, Job, ListedJob } from './jobs/ports.ts'
import { createProgress } from './jobs/progress.ts'
import { createJobService, notingJobs } from './jobs/service.ts'
import { createSteps } from './jobs/step.ts'
import { needsPerson, vendorStatus, waitingFor } from './jobs/waiting.ts'
import { createLog, type Logger } from './log.ts'
import { type Check, createChecks } from './readiness.ts'
import { schema } from './schema/index.ts'
import { createLoaders } from './schema/loaders.ts'
import { createServer, outputsPath, type Readiness } from './server/server.ts'
import { webhookPath } from './server/webhook.ts'
import { createVendorClient } from './wavespeed/client.ts'
import { createFetch, type VendorFetch } from './wavespeed/fetch.ts'
import { greetVendor } from './wavespeed/greeting.ts'
import { createVendorHealth } from './wavespeed/health.ts'
import { checkInput } from './wavespeed/input.ts'
import { createRedactor } from './wavespeed/redact.ts'
import { withRetries } from './wavespeed/retry.ts'
import { createVendor } from './wavespeed/vendor.ts'
import { createWebhookVerifier } from './wavespeed/webhook.ts'

/** What tests replace: the clock, chance, the log and the way to the vendor, and nothing else. */
export interface Overrides {
  readonly clock?: Clock
  readonly random?: RandomBytes
  readonly log?: Logger
  readonly fetch?: VendorFetch
  /** Told every SQL statement as it runs. */
  readonly onStatement?: (sql: string) => void
}

export interface App {
  readonly url: string
  readonly port: number
  /** What is open right now; all zero when nobody is connected and nothing runs. */
  readonly gauges: () => { readonly listeners: number; readonly steps: number }
  /** Stops listening, finishes steps, closes the database; takes less than 10 seconds. May be called twice. */
  stop(): Promise<void>
}

/** Steps under way get so long to finish; then their exchanges with the vendor are broken off and recorded as such. */
const stepGraceMs = 6_000 // 6 seconds

/** Jobs whose outputs are copied at the same time: each holds a connection, and to S3 two parts in memory. */
const copiesAtOnce = 4

/** How long the start waits for the vendor's first answer; an outage must not keep the history from being read. */
const firstAnswerMs = 2_000 // 2 seconds

const cryptoRandom: RandomBytes = (bytes) => crypto.getRandomValues(bytes)

/** Builds every part in order and starts it. If a part fails to start, those before it are closed again. */
export async function startApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const { random = cryptoRandom, log = createLog(config.log.level, undefined, secretsOf(config)) } = overrides
  await using stack = new AsyncDisposableStack()
  log.info({ config: describeConfig(config), node: process.version }, 'starting')
  for (const warning of config.warnings ?? []) log.warn(warning)
  if (config.server.publicUrl && !config.server.callbacks) {
    log.warn('PUBLIC_URL is no public https address: the vendor is not asked to call back, jobs are polled')
  }

  const backends = await openBackends({
    config,
    stack,
    log,
    clock: overrides.clock,
    onStatement: overrides.onStatement,
  })
  const { shared, clock, store, events, steps: queue } = backends
  let keeping: Keeping | null = null
  const publish = (job: Job) => {
    events.publish(job)
    keeping?.nudge(job)
  }
  const journal = createJournal(store, { publish }, createJobLines(log))

  const stopping = stack.adopt(new AbortController(), (controller) => controller.abort())
  setMaxListeners(0, stopping.signal) // One for each pause before another try.
  const wire = stack.adopt(createFetch({ proxy: config.proxy }), (fetch) => fetch.close())
  const redactor = createRedactor()
  const health = createVendorHealth({ baseUrl: config.vendor.baseUrl, clock, log })
  const client = createVendorClient({
    baseUrl: config.vendor.baseUrl,
    apiKey: config.vendor.apiKey,
    clock,
    redactor,
    onExchange: health.see,
    onOddity: onceEach((form) =>
      log.warn({ form }, "a member of the vendor's answers has a form that cannot be read"),
    ),
    fetch: withRetries(overrides.fetch ?? wire.fetch, {
      clock,
      random: () => randomInt(2 ** 32) / 2 ** 32,
      stop: stopping.signal,
    }),
  })
  const vendor = createVendor({ client, clock, redactor, health })

  const leases = createLeases({
    store,
    clock,
    owner: randomUUID(),
    terms: shared ? sharedTerms : exclusiveTerms,
  })
  const pollMs = config.vendor.pollSeconds * 1_000
  const lines = createPauseLines(log)
  const outage = createOutage(clock, { shortestMs: pollMs, onPause: lines.pause })
  const holds = createHolds(clock, lines.hold)
  const deadlineMs = config.jobs.deadlineMinutes * 60_000
  const { publicUrl, callbacks: callsBack } = config.server
  const callbacks = createCallbacks({
    store,
    journal,
    clock,
    deadlineMs,
    admit: () => engine.admit(),
    follow: (jobId) => queue.schedule(jobId, clock.now() + pollMs),
  })
  const steps = createSteps({
    store,
    journal,
    vendor,
    clock,
    log,
    leases,
    outage,
    holds,
    pollMs,
    deadlineMs,
    callbacks,
    callbackUrl: ({ id, callbackToken }) =>
      callsBack && callbackToken !== null ? publicUrl + webhookPath(id, callbackToken) : null,
  })
  const isHeld = () => outage.heldUntil() > 0 || outage.down || holds.inTurn
  const progress = createProgress({ store, clock, isHeld })
  const askAll = createChecks()
  const engine = createEngine({
    store,
    journal,
    steps,
    queue: progress.watch(queue),
    outage,
    holds,
    vendor,
    clock,
    log,
    leases,
    shared,
    limits: config.vendor.limits,
    drawCallbackToken: callsBack ? () => drawCallbackToken(random) : null,
  })
  const archive = config.archive
    ? stack.adopt(await openArchive(config.archive.target), (open) => open.close())
    : null
  const copies = archive ? await backends.openCopies(copiesAtOnce) : null
  if (config.archive && archive && copies) {
    // The sandbox's outputs are on this machine; the vendor's are not, whatever its answers say.
    const { hostname } = new URL(config.vendor.baseUrl)
    const mayBePrivate = (host: string) => isLoopbackHost(hostname) || host === hostname
    const source = stack.adopt(createDownloads({ mayBePrivate, proxy: config.proxy }), (downloads) =>
      downloads.close(),
    )
    const { maxBytes } = config.archive
    keeping = createKeeping({ store, journal, source, archive, queue: copies, clock, log, maxBytes, shared })
  }
  const service = createJobService({
    store,
    journal,
    rules: checkInput,
    vendor,
    keeping,
    clock,
    random,
    admit: engine.admit,
  })

  const currentStatus = () =>
    vendorStatus({ status: health.status, hold: holds.current(), pause: outage.pause })
  const verifier = createWebhookVerifier({ client, redactor, clock, log })
  let listensAt = ''
  const sandbox = () => (health.sandbox ? config.vendor.baseUrl : null)
  const server = createServer({
    schema,
    log,
    clock,
    ...config.server,
    serves: config.role === 'worker' ? 'health' : 'everything',
    createContext: ({ calledAs = listensAt, note }) => ({
      service: notingJobs(service, note),
      reader: store,
      follow: { reader: store, events, clock },
      loaders: createLoaders(store),
      gateway: {
        vendor: currentStatus,
        waitingFor: (job: ListedJob) =>
          waitingFor(job, { status: currentStatus(), hold: holds.current(job.model), now: clock.now() }),
      },
      outputUrl: (key: string) => (archive ? `${publicUrl ?? calledAs}${outputsPath}${key}` : null),
    }),
    async readiness(): Promise<Readiness> {
      const status = currentStatus()
      const checks = await askAll({
        database: askHistory,
        vendor: () => ({ ok: !needsPerson(status), detail: status.message }),
        steps: progress.check,
        ...(callsBack && { webhooks: () => ({ ok: true, detail: callbacks.experience }) }),
        // Jobs go on without the archive: what is missing there is copied later.
        ...(keeping && { archive: keeping.health }),
      })
      // Who takes no steps can record jobs all the same.
      const needed = ['database', 'vendor', ...(config.role === 'web' ? [] : ['steps'])]
      return { ready: needed.every((name) => checks[name]?.ok), checks }
    },
    webhooks: {
      isExpected: callbacks.isExpected,
      async receive(jobId, token, delivery) {
        const verdict = await verifier.verify(delivery, token)
        return verdict.kind === 'verified' ? callbacks.receive(jobId, verdict.report) : verdict.kind
      },
    },
    locateOutput: async (key, method) => (archive ? archive.locate(key, method) : null),
    sandbox,
  })
  // Side by side: no job is sent any more from the first moment on, and together they stay within the limit.
  stack.defer(async () => {
    const cancel = systemClock.after(stepGraceMs, () => {
      stopping.abort()
      void wire.close()
      archive?.close()
    })
    await Promise.all([engine.stop(), server.close(), keeping?.stop()])
    cancel()
  })

  // A gateway that cannot listen must not have worked on anything.
  const address = await server.listen()
  listensAt = address.url
  if (config.role !== 'web') {
    await engine.start()
    await keeping?.start()
  }
  await greet()
  log.info({ url: `${address.url}/graphql` }, 'listening')

  async function askHistory(): Promise<Check> {
    await store.ping()
    return { ok: true }
  }

  async function greet(): Promise<void> {
    const isSandbox = () => health.sandbox
    const isKnown = () => health.status.state === 'OK'
    const begin = () => {
      outage.answered()
      engine.admit()
    }
    const greeting = greetVendor({ ask: vendor.probe, isSandbox, isKnown, onAnswer: begin, clock, log })
    stack.defer(greeting.stop)
    await new Promise<void>((resolve) => {
      const cancel = systemClock.after(firstAnswerMs, resolve)
      void greeting.asked.then(() => {
        cancel()
        resolve()
      })
    })
  }

  const parts = stack.move()
  let stopped: Promise<void> | null = null
  return {
    ...address,
    gauges: () => ({ listeners: events.listeners, steps: queue.size + (copies?.size ?? 0) }),
    stop() {
      stopped ??= parts.disposeAsync().then(() => log.info('stopped'))
      return stopped
    },
  }
}

/** Tells each word once. What it may be told comes from the vendor, so it is bounded. */
function onceEach(tell: (word: string) => void, most = 100): (word: string) => void {
  const told = new Set<string>()
  return (word) => {
    if (told.has(word) || told.size >= most) return
    told.add(word)
    tell(word)
  }
}
