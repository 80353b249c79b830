import { findModel, roleOf } from '../catalog/catalog.ts'
import { jobErrors } from '../jobs/failure.ts'
import type { Job, JobError, JobState as JobStateName, ListedJob, TimelineEntry } from '../jobs/job.ts'
import type { Upload } from '../uploads/upload.ts'
import { idOf } from './bounds.ts'
import { builder, dateOf, type SchemaContext } from './builder.ts'
import { WaitingReason } from './gateway.ts'
import { JobParameters } from './job-parameters.ts'
import { Model } from './model.ts'
import { OutputObject } from './output.ts'
import { JobProgress } from './progress.ts'

const stateDescriptions: Record<JobStateName, string> = {
  QUEUED: "Recorded; waits until the account's limits leave room.",
  SUBMITTING: 'On its way to the vendor, or its answer was lost and the task is being searched for.',
  CREATED: "In the vendor's queue.",
  PROCESSING: 'The vendor is working on it.',
  COMPLETED: 'Done: see `outputs`. Final.',
  FAILED: 'See `error`. Final.',
  CANCELED: 'Canceled by its user. Final.',
}

export const JobState = builder.enumType('JobState', {
  description: 'Where a job is in its life.',
  values: Object.fromEntries(
    Object.entries(stateDescriptions).map(([state, description]) => [state, { value: state, description }]),
  ) as Record<JobStateName, { value: JobStateName; description: string }>,
})

const Billed = builder.enumType('Billed', {
  description: 'Whether the vendor charged for a job that failed.',
  values: {
    NO: { description: 'Nothing was charged.' },
    YES: { description: 'It was charged.' },
    REFUNDED: { description: 'Charged, and refunded by the vendor within three hours.' },
    UNKNOWN: { description: "The vendor's billing page tells." },
  } as const,
})

/** Where the kept copy is; null if there is none, or no archive that it could be read from. */
/** The file that a job works on, and what is known of it if it was uploaded here. */
interface Source {
  readonly url: string
  readonly upload: Upload | null
}

const sourceUrl = ({ upload }: Source, { outputUrl }: SchemaContext): string | null =>
  upload?.kept ? outputUrl(upload.kept) : null

const SourceObject = builder.objectRef<Source>('JobSource').implement({
  description: 'The file that a job works on.',
  fields: (t) => ({
    url: t.string({
      description:
        "Where it can be fetched: the gateway's own copy if it is `kept`, else the address that the job was made with.",
      resolve: (source, _args, context) => sourceUrl(source, context) ?? source.url,
    }),
    kept: t.boolean({
      description:
        'Whether the gateway has a copy of its own, so that `url` lasts. Only what was uploaded to a gateway with an archive (ARCHIVE_URL) is kept.',
      resolve: (source, _args, context) => sourceUrl(source, context) !== null,
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'When the vendor drops it, if it was uploaded; null once it is `kept`, and of any other file.',
      resolve: (source, _args, context) =>
        sourceUrl(source, context) === null ? dateOf(source.upload?.expiresAt ?? null) : null,
    }),
  }),
})

/** Where the file is that a job works on; null where its model takes none. */
function sourceOf({ id, model, input }: ListedJob & Partial<Pick<Job, 'input'>>): string | null {
  if (input === undefined) throw new Error(`the input of ${id} was not read`)
  const parameter = roleOf(findModel(model), 'source')
  const url = parameter && input[parameter.name]
  return typeof url === 'string' ? url : null
}

const codes = Object.fromEntries(
  Object.entries(jobErrors).map(([code, { meaning }]) => [code, { value: code, description: meaning }]),
) as Record<JobError['code'], { value: JobError['code']; description: string }>

const JobErrorCode = builder.enumType('JobErrorCode', { description: 'Why a job failed.', values: codes })

const JobErrorObject = builder.objectRef<JobError>('JobError').implement({
  description: "Why a job failed: data, since it is the job's end and not a fault of the request.",
  fields: (t) => ({
    code: t.field({ type: JobErrorCode, description: 'The reason.', resolve: (error) => error.code }),
    message: t.exposeString('message', { description: "The vendor's words where it gave any." }),
    retryable: t.boolean({
      description: 'Whether `retryJob` may help.',
      resolve: (error) => jobErrors[error.code].retryable,
    }),
    billed: t.field({
      type: Billed,
      description: 'Whether money was spent.',
      resolve: (error) => jobErrors[error.code].billed,
    }),
  }),
})

const TimelineEntryObject = builder.objectRef<TimelineEntry>('TimelineEntry').implement({
  description: 'One recorded change of a job.',
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'The version this change made.' }),
    at: t.field({ type: 'DateTime', description: 'When.', resolve: (entry) => new Date(entry.at) }),
    state: t.field({ type: JobState, description: 'The state after it.', resolve: (entry) => entry.state }),
    message: t.exposeString('message', { description: 'What happened, for people.' }),
  }),
})

/** Lists whose inputs are not asked for are read without them. */
export const JobNode = builder.objectRef<ListedJob & Partial<Pick<Job, 'input'>>>('Job')

// Not through builder.node(): its id resolves through a promise, for every job of every page.
JobNode.implement({
  description: 'What a user asked for, and all that became of it.',
  interfaces: [builder.nodeInterfaceRef()],
  isTypeOf: () => true, // The only node there is.
  fields: (t) => ({
    id: t.exposeID('id', {
      description: 'A global id that sorts by the time of creation and may stand in a URL.',
    }),
    version: t.exposeInt('version', {
      description:
        'Grows by one with every change: of two copies of a job the one with the higher version is newer.',
    }),
    state: t.field({ type: JobState, description: 'Where it is in its life.', resolve: (job) => job.state }),
    model: t.field({
      type: Model,
      description: 'The model it runs on.',
      resolve: (job) => job.model,
    }),
    input: t.field({
      type: JobParameters,
      extensions: { cost: { weight: 50 } }, // It is read whole, whatever is asked of it.
      description: 'What was asked for.',
      resolve({ id, model, input }) {
        if (input === undefined) throw new Error(`the input of ${id} was not read`)
        return { model, input }
      },
    }),
    source: t.field({
      type: SourceObject,
      nullable: true,
      extensions: { cost: { weight: 10 } }, // Its input is read for it, but not shown.
      description: 'The file that it works on; null where its model takes none.',
      async resolve(job, _args, { loaders }) {
        const url = sourceOf(job)
        return url === null ? null : { url, upload: await loaders.upload.load(url) }
      },
    }),
    outputs: t.field({
      type: [OutputObject],
      extensions: { cost: { items: 1 } }, // These models make one.
      description: 'The videos; empty until the job is COMPLETED.',
      resolve: (job) => [...job.outputs],
    }),
    error: t.field({
      type: JobErrorObject,
      nullable: true,
      description: 'Why it failed; null unless it is FAILED.',
      resolve: (job) => job.error,
    }),
    queuePosition: t.int({
      extensions: { cost: { weight: 3 } },
      nullable: true,
      description:
        'Its place in the order in which waiting jobs start if no running job ends meanwhile, 1 being next; null unless it is QUEUED. A stream sends no event when this alone changes: ask for `heartbeatSeconds` to be told it regularly.',
      resolve: (job, _args, { loaders }) =>
        job.state === 'QUEUED' ? loaders.queuePosition.load(job.id) : null,
    }),
    waitingFor: t.field({
      type: WaitingReason,
      nullable: true,
      description:
        'Why it is not sent yet; null unless it is QUEUED. `gateway.vendor.message` tells more. As with `queuePosition`, no event is sent when this alone changes.',
      resolve: (job, _args, { gateway }) => gateway.waitingFor(job),
    }),
    progress: t.field({
      type: JobProgress,
      nullable: true,
      description:
        'How far it is likely to be, as it is now; null unless it is CREATED or PROCESSING. No event is sent as it grows: count on from `expectedAt` yourself.',
      resolve: (job, _args, { gateway }) => gateway.progressOf(job),
    }),
    timeline: t.field({
      type: [TimelineEntryObject],
      extensions: { cost: { items: 10 } },
      description:
        'What happened to it, oldest first. Of a job that the vendor has put off again and again the tries before the last fifty are left out.',
      resolve: async (job, _args, { loaders }) => [...(await loaders.timeline.load(job.id))],
    }),
    predictionId: t.exposeString('predictionId', {
      nullable: true,
      description: "The vendor's id of its run; null until the vendor has taken it.",
    }),
    vendorStatus: t.exposeString('vendorStatus', {
      nullable: true,
      description: "The vendor's own word for where it is.",
    }),
    inferenceMs: t.exposeFloat('inferenceMs', {
      nullable: true,
      description: 'How long the vendor worked on it, in milliseconds; null until then.',
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was recorded.',
      resolve: (job) => new Date(job.createdAt),
    }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'When it last changed.',
      resolve: (job) => new Date(job.updatedAt),
    }),
    submittedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was sent to the vendor; null while it waits.',
      resolve: (job) => dateOf(job.submittedAt),
    }),
    finishedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended; null until then.',
      resolve: (job) => dateOf(job.finishedAt),
    }),
    retryOf: t.field({
      authScopes: { scope: 'jobs:read' },
      type: JobNode,
      extensions: { cost: { weight: 3 } },
      nullable: true,
      description: 'The job that this one tries again; null for a first try, and if that job was deleted.',
      resolve: (job, _args, { loaders }) => (job.retryOf === null ? null : loaders.job.load(job.retryOf)),
    }),
    retries: t.field({
      authScopes: { scope: 'jobs:read' },
      type: [JobNode],
      extensions: { cost: { weight: 3, items: 3 } },
      description: 'The jobs that try this one again, oldest first.',
      resolve: async (job, _args, { loaders }) => [...(await loaders.retries.load(job.id))],
    }),
  }),
})

builder.queryField('job', (t) =>
  t.field({
    type: JobNode,
    authScopes: { scope: 'jobs:read' },
    nullable: true,
    description: 'One job; null if there is none with this id.',
    args: { id: t.arg.id({ required: true, ...idOf("The job's id.") }) },
    extensions: { cost: { weight: 20 } },
    resolve: (_root, { id }, { reader }) => reader.job(id),
  }),
)
