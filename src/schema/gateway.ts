import type { VendorStatus } from '../jobs/vendor.ts'
import { contentTypes } from '../uploads/media.ts'
import type { WaitingFor } from '../worker/waiting.ts'
import { type AccountLimits, builder, type GatewayFacts } from './builder.ts'

const described = <T extends string>(descriptions: Readonly<Record<T, string>>) =>
  Object.fromEntries(
    Object.entries<string>(descriptions).map(([value, description]) => [value, { value, description }]),
  ) as Record<T, { value: T; description: string }>

export const WaitingReason = builder.enumType('WaitingReason', {
  description: 'Why a job that is QUEUED is not sent yet.',
  values: described<WaitingFor>({
    PLACE: "It is not its turn, or the account's limits leave no room.",
    PAUSE: 'The vendor asked for a pause, or the job is tried again in a moment.',
    KEY: 'The vendor refuses the key: whoever runs the gateway has to set another WAVESPEED_API_KEY.',
    ACCOUNT: 'The vendor refuses the account, or it has no credits left.',
    MODEL: "The vendor says that it does not know the job's model.",
    VENDOR: 'The vendor does not answer, or what answers is not the vendor.',
  }),
})

const VendorState = builder.enumType('VendorState', {
  description: 'How the vendor is, as this gateway knows it. More may be added.',
  values: described<VendorStatus['state']>({
    UNKNOWN: 'It was not asked yet.',
    OK: 'It answers and takes jobs.',
    UNREACHABLE: 'It does not answer as it should; it is asked again and again.',
    KEY_REFUSED: 'It refuses the key (WAVESPEED_API_KEY).',
    NOT_THE_VENDOR: 'What answers at the configured address (WAVESPEED_BASE_URL) is not the vendor.',
    ACCOUNT_REFUSED: 'It refuses the account, or the account has no credits left.',
    SUBMISSIONS_REFUSED: 'It refuses jobs without naming their input.',
    RATE_LIMITED: 'It asked for a pause of submissions.',
  }),
})

const VendorObject = builder.objectRef<VendorStatus>('VendorStatus').implement({
  description: 'How the vendor is, as this gateway knows it.',
  fields: (t) => ({
    state: t.field({ type: VendorState, description: 'A word for programs.', resolve: ({ state }) => state }),
    message: t.exposeString('message', {
      description: 'The reason in a sentence for people, without secrets.',
    }),
    since: t.field({
      type: 'DateTime',
      description: 'Since when.',
      resolve: ({ since }) => new Date(since),
    }),
  }),
})

const UploadRules = builder.objectRef<{ maxBytes: number }>('UploadRules').implement({
  description: 'What `POST /uploads` takes.',
  fields: (t) => ({
    maxBytes: t.exposeFloat('maxBytes', { description: 'The largest file, in bytes.' }),
    contentTypes: t.stringList({
      description: 'The types that a file may be sent as.',
      extensions: { cost: { items: contentTypes.length } },
      resolve: () => [...contentTypes],
    }),
  }),
})

const AccountLimitsObject = builder.objectRef<AccountLimits>('AccountLimits').implement({
  description: 'What the account allows, by WAVESPEED_TIER or by what was set.',
  fields: (t) => ({
    videosPerMinute: t.exposeInt('videosPerMinute', { description: 'Jobs that may be sent in a minute.' }),
    concurrency: t.exposeInt('concurrency', { description: 'Jobs that may be at the vendor at once.' }),
  }),
})

const GatewayObject = builder.objectRef<GatewayFacts>('Gateway').implement({
  description: 'What the gateway that answers knows of itself. Several gateways may know different things.',
  fields: (t) => ({
    vendor: t.field({
      type: VendorObject,
      description: 'How the vendor is: why jobs wait.',
      resolve: (gateway) => gateway.vendor(),
    }),
    uploads: t.field({
      type: UploadRules,
      description: 'What may be uploaded.',
      resolve: ({ uploadBytes }) => ({ maxBytes: uploadBytes }),
    }),
    isSandbox: t.boolean({
      description: 'Whether the vendor is the sandbox: then nothing is paid, and nothing is made.',
      resolve: (gateway) => gateway.sandbox() !== null,
    }),
    sampleClip: t.string({
      nullable: true,
      description: 'The address of a clip to try with; null where the vendor is no sandbox.',
      resolve(gateway) {
        const sandbox = gateway.sandbox()
        return sandbox === null ? null : `${sandbox}/clips/source.mp4`
      },
    }),
    keepsOutputs: t.exposeBoolean('keepsOutputs', {
      description: 'Whether outputs and uploads are copied to an archive (ARCHIVE_URL), and last.',
    }),
    limits: t.expose('limits', { type: AccountLimitsObject, description: 'What the account allows.' }),
    version: t.exposeString('version', { description: 'Of the gateway.' }),
  }),
})

builder.queryField('gateway', (t) =>
  t.field({
    type: GatewayObject,
    authScopes: { signedIn: true },
    description: 'How the gateway and the vendor behind it are.',
    resolve: (_root, _args, { gateway }) => gateway,
  }),
)
