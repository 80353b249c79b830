import { LRUCache } from 'lru-cache'
import type { TenantLimits } from '../access/tenants.ts'
import { type Archiver, type ArchiverOptions, createArchiver } from '../archive/archiver.ts'
import { longestPause as longestCopyPause } from '../archive/pauses.ts'
import { inputRules } from '../catalog/check.ts'
import { kindOf } from '../catalog/kind.ts'
import type { Config } from '../config.ts'
import { withOutageLines } from '../db/outage-lines.ts'
import { retryOnBusy } from '../db/retry-on-busy.ts'
import { createSignals } from '../events/signals.ts'
import { eventsOf } from '../events/tenant.ts'
import { longestPause, outagePause } from '../jobs/cadence.ts'
import type { JobEvents } from '../jobs/events.ts'
import { drawCallbackToken, drawFraction, drawOwner, type RandomBytes } from '../jobs/id.ts'
import type { Job } from '../jobs/job.ts'
import { createJobLines } from '../jobs/job-lines.ts'
import { createRecorder } from '../jobs/recorder.ts'
import { isTerminal } from '../jobs/state.ts'
import type { JobReader } from '../jobs/store.ts'
import type { TenantId } from '../jobs/tenant.ts'
import type { WebhookDelivery } from '../jobs/vendor.ts'
import type { History } from '../jobs/work.ts'
import { type ChangesOptions, shareReads } from '../service/changes.ts'
import type { FollowOptions } from '../service/follow.ts'
import { type Asking, createJobService, type JobService, type ServiceOptions } from '../service/service.ts'
import type { UploadStore } from '../uploads/upload.ts'
import type { VendorClient } from '../wavespeed/client.ts'
import type { Redactor } from '../wavespeed/redact.ts'
import { createVendor } from '../wavespeed/vendor.ts'
import { createWebhookVerifier, type WebhookVerdict } from '../wavespeed/webhook.ts'
import { createCallbacks } from '../worker/callback.ts'
import { createEngine } from '../worker/engine.ts'
import { createEstimates } from '../worker/estimates.ts'
import { createHolds } from '../worker/holds.ts'
import { termsOf } from '../worker/lease.ts'
import { createLoop } from '../worker/loop.ts'
import { createPauseLines } from '../worker/pause-lines.ts'
import { createProgress } from '../worker/progress.ts'
import { createSteps } from '../worker/step.ts'
import { createSubmissions } from '../worker/submit.ts'
import { needsPerson } from '../worker/waiting.ts'
import type { Check } from './readiness.ts'
import { type Told, tellerOf } from './told.ts'
import { openVendor, type VendorOptions } from './vendor.ts'

/** Where outputs are copied to, and from where. */
export type ArchiveParts = Pick<ArchiverOptions, 'archive' | 'source' | 'maxBytes' | 'pictures'>

/** Everything from outside: no part of the core has a clock, a timer or chance of its own. */
export interface CoreOptions extends VendorOptions {
  readonly config: Pick<Config, 'vendor' | 'jobs'> & { readonly tenants?: Pick<TenantLimits, 'runningJobs'> }
  /** The history as it was opened: the core waits for it where it is busy, and tells of its outages. */
  readonly history: History
  readonly events: JobEvents
  /** Whether other processes share the history and the events. */
  readonly shared: boolean
  readonly random: RandomBytes
  /** The address under which the vendor calls a job back; null where it cannot reach the gateway. */
  readonly callbackUrl: ((jobId: string, token: string) => string) | null
  /** Null where outputs are not kept. */
  readonly archive: ArchiveParts | null
  /** What jobs may name in place of the address of a file; by default nothing. */
  readonly uploads?: UploadStore
  /** A stop waits so long for steps under way. */
  readonly stepsMs: number
  /** And so long for writes that another program holds up. */
  readonly writesMs: number
  /** Called when a stop has waited long enough: breaks off every exchange under way, with the vendor and the archive. */
  readonly breakOff: () => void
}

/** The jobs of a tenant, as a request is given them. */
export interface TenantView {
  readonly reader: JobReader
  readonly service: JobService
  readonly follow: FollowOptions
  readonly changes: ChangesOptions
}

/** The whole gateway below its sockets. */
export interface Core extends Told {
  /** What one may do who asks for a tenant; of other tenants' jobs it knows nothing. */
  open(asking: Asking): TenantView
  /** Whether the other side says that it is the sandbox. */
  readonly isSandbox: () => boolean
  readonly webhooks: Webhooks
  /** The vendor, for what is no step of a job. */
  readonly toVendor: { readonly client: VendorClient; readonly redactor: Redactor }
  /** How each part stands that the gateway needs. */
  readonly checks: Readonly<Record<string, () => Check | Promise<Check>>>
  /** How much work is under way. */
  readonly steps: () => number
  /** Recovers what an earlier process left and begins to work; `checkVendor` comes after it. */
  work(): Promise<void>
  /** Asks the vendor who it is, again and again until it has answered once; resolves after the first try. */
  checkVendor(): Promise<void>
  /** Starts nothing new, and finishes what is under way or breaks it off: takes little more than `writesMs`. */
  stop(): Promise<void>
}

export interface Webhooks {
  isExpected(jobId: string, token: string): Promise<boolean>
  receive(
    jobId: string,
    token: string,
    delivery: WebhookDelivery,
  ): Promise<
    | Exclude<WebhookVerdict['kind'], 'verified'>
    | Awaited<ReturnType<ReturnType<typeof createCallbacks>['receive']>>
  >
}

const timesOf = ({ vendor, jobs }: CoreOptions['config']) => ({
  pollMs: vendor.pollSeconds * 1_000,
  deadlineMs: jobs.deadlineMinutes * 60_000,
  changesKeptMs: jobs.changesDays * 24 * 60 * 60_000,
})

/** Jobs whose outputs are copied at the same time: each holds a connection, and to S3 two parts in memory. */
const copiesAtOnce = 4

interface Woken {
  readonly archiver: Pick<Archiver, 'wake'> | null
  readonly steps: Pick<ReturnType<typeof createSteps>, 'forget'>
  readonly engine: Pick<ReturnType<typeof createEngine>, 'admit'>
  readonly polls: Pick<ReturnType<typeof createLoop>, 'holds' | 'wake'>
}

/** What a change of a job wakes, whoever has made it, here or elsewhere. */
function wakeOnChange({ archiver, steps, engine, polls }: Woken): (job: Job) => void {
  return (job) => {
    archiver?.wake(job)
    if (isTerminal(job.state)) steps.forget(job.id)
    if (isTerminal(job.state) || job.state === 'QUEUED') engine.admit()
    else if (!polls.holds(job.id)) polls.wake()
  }
}

/** Who takes the vendor's callbacks: what cannot be verified changes nothing. */
function receiverOf(
  verifier: ReturnType<typeof createWebhookVerifier>,
  callbacks: ReturnType<typeof createCallbacks>,
): Core['webhooks'] {
  return {
    isExpected: callbacks.isExpected,
    async receive(jobId, token, delivery) {
      const verdict = await verifier.verify(delivery, token)
      return verdict.kind === 'verified' ? callbacks.receive(jobId, verdict.report) : verdict.kind
    },
  }
}

/** Tenants whose streams share their reads. */
const mostSharing = 10_000

/** Opens what belongs to one tenant, and nothing else. */
function openerOf(
  serving: ServiceOptions,
  follow: Omit<FollowOptions, 'reader'>,
  keptMs: number,
): Core['open'] {
  const signals = createSignals(follow.events, follow.clock)
  const shared = new LRUCache<TenantId, JobReader['changesAfter']>({
    max: mostSharing,
    memoMethod: (tenant) => shareReads(serving.history.for(tenant).changesAfter),
  })
  return (asking) => {
    const { tenant } = asking
    const reader = serving.history.for(tenant)
    const changes: ChangesOptions = {
      reader,
      shared: shared.memo(tenant),
      signal: signals.of(tenant),
      clock: follow.clock,
      keptMs,
    }
    const service = createJobService(serving, asking)
    const events = eventsOf(follow.events, tenant)
    return { reader, service, changes, follow: { ...follow, reader, events } }
  }
}

/** Composes every part below the sockets. Nothing runs yet: see `work`. */
export function createCore(options: CoreOptions): Core {
  const { config, events, shared, clock, random, log, callbackUrl, uploads } = options
  const hurry = new AbortController()
  const lines = withOutageLines(retryOnBusy(options.history, clock, hurry.signal), { clock, log })
  const { history } = lines
  const { work } = history
  const recorder = createRecorder(history, events, createJobLines(log))

  const owner = drawOwner(random)
  const { pollMs, deadlineMs, changesKeptMs } = timesOf(config)
  const pauseLines = createPauseLines(log)
  const { client, redactor, health, vendorTime } = openVendor(options, {
    pauseMs: (failures, shortestMs = pollMs) => outagePause(failures, shortestMs),
    random: () => drawFraction(random),
    onPause: pauseLines.pause,
    onAnswer() {
      polls.wake()
      engine.admit()
    },
    onRecovered: () => engine.recovered(),
  })
  const vendor = createVendor({ client, clock, redactor, vendorTime })
  const holds = createHolds({ work, clock, log, onChange: pauseLines.hold })
  const estimates = createEstimates({ work, clock, kindOf })
  const callbacks = createCallbacks({ work, recorder, clock, estimates, deadlineMs })
  const known = { callbacks, estimates }
  const sending = { work, recorder, vendor, clock, log, health, ...known, pollMs, deadlineMs }
  const submissions = createSubmissions({
    ...sending,
    holds,
    callbackUrl: ({ id, callbackToken }) =>
      callbackUrl && callbackToken !== null ? callbackUrl(id, callbackToken) : null,
  })
  const steps = createSteps(sending)
  const progress = createProgress({
    work,
    clock,
    isHeld: () => health.maySubmit().atMost === 0 || holds.any,
    arePollsHeld: () => health.mayPoll().atMost <= 1,
  })
  const common = { work, clock, log, owner, shared }
  const polls = createLoop({
    ...common,
    kind: 'poll',
    longestMs: longestPause(pollMs),
    changesKeptMs,
    room: health.mayPoll,
    runOrphan: async (submission) => {
      const next = await steps.pollOrphan(submission)
      if (next === null) engine.admit()
      return next
    },
    onStep: progress.stepped,
  })
  const engine = createEngine({
    recorder,
    steps,
    submissions,
    loop: polls,
    health,
    holds,
    clock,
    log,
    lease: (now) => ({ owner, until: now + termsOf(shared).ms }),
    shared,
    limits: { ...config.vendor.limits, perTenant: config.tenants?.runningJobs },
    drawCallbackToken: callbackUrl ? () => drawCallbackToken(random) : null,
    onStep: progress.stepped,
  })
  const copies = createLoop({ ...common, kind: 'copy', longestMs: longestCopyPause, atOnce: copiesAtOnce })
  const { archive } = options
  const archiver = archive && createArchiver({ ...common, recorder, ...archive, loop: copies })
  events.subscribe(wakeOnChange({ archiver, steps, engine, polls }))
  const serving = { history, uploads, recorder, rules: inputRules, vendor, archiver, clock, random }
  const told = tellerOf(health, holds, clock)

  return {
    open: openerOf(serving, { events, clock }, changesKeptMs),
    ...told,
    isSandbox: () => health.sandbox,
    toVendor: { client, redactor },
    webhooks: receiverOf(createWebhookVerifier({ client, redactor, clock, vendorTime, log }), callbacks),
    checks: {
      database: () => history.ping().then(() => ({ ok: true })),
      vendor() {
        const status = told.vendor()
        return { ok: !needsPerson(status), detail: status.message }
      },
      steps: progress.check,
      ...(callbackUrl && { webhooks: () => ({ ok: true, detail: callbacks.experience }) }),
      // Jobs go on without the archive: what is missing there is copied later.
      ...(archiver && { archive: archiver.health }),
    },
    steps: () => polls.size + copies.size,
    async work() {
      await engine.start()
      await archiver?.start()
    },
    checkVendor: health.begin,
    async stop() {
      health.stop()
      const ends = [
        clock.after(options.stepsMs, options.breakOff),
        clock.after(options.writesMs, () => hurry.abort()),
      ]
      await Promise.all([engine.stop(), archiver?.stop()])
      for (const cancel of ends) cancel()
      hurry.abort() // Nothing is waited for any more.
      lines.stop()
    },
  }
}
