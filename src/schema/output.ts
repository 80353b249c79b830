import type { JobOutput, KeptCopy } from '../jobs/job.ts'
import { builder, type SchemaContext } from './builder.ts'

/** The gateway's own copy, as long as it has an archive to read it from. */
function copyOf({ kept }: JobOutput, { outputUrl }: SchemaContext): (KeptCopy & { url: string }) | null {
  const url = kept ? outputUrl(kept.key) : null
  return kept && url !== null ? { ...kept, url } : null
}

const whereKnown = 'Null until the output is `kept`, and where its file does not tell.'

export const OutputObject = builder.objectRef<JobOutput>('JobOutput').implement({
  description: 'A video that was made.',
  fields: (t) => ({
    url: t.string({
      description:
        "Where it can be fetched: the gateway's own copy once it is `kept`, until then the vendor's.",
      resolve: (output, _args, context) => copyOf(output, context)?.url ?? output.url,
    }),
    kept: t.boolean({
      description:
        'Whether the gateway has a copy of its own, so that `url` lasts as long as the job does. Copying takes a moment after COMPLETED; only a gateway with an archive (ARCHIVE_URL) keeps any.',
      resolve: (output, _args, context) => copyOf(output, context) !== null,
    }),
    nsfw: t.exposeBoolean('nsfw', {
      nullable: true,
      description: 'Whether the vendor found it unsafe; null where it did not say.',
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'When the vendor drops the file, and `url` ends: seven days after the prediction was made. Null once it is `kept`.',
      resolve: (output, _args, context) =>
        copyOf(output, context) === null ? new Date(output.expiresAt) : null,
    }),
    width: t.int({
      nullable: true,
      description: `Of the picture as it is shown, in pixels. ${whereKnown}`,
      resolve: ({ kept }) => kept?.video?.width,
    }),
    height: t.int({
      nullable: true,
      description: `Of the picture as it is shown, in pixels. ${whereKnown}`,
      resolve: ({ kept }) => kept?.video?.height,
    }),
    durationSeconds: t.float({
      nullable: true,
      description: `How long it plays, in seconds, to the millisecond. ${whereKnown}`,
      resolve: ({ kept }) => kept?.video && kept.video.durationMs / 1_000,
    }),
    framesPerSecond: t.float({
      nullable: true,
      description: `On average. ${whereKnown}`,
      resolve: ({ kept }) => kept?.video?.framesPerSecond,
    }),
    posterUrl: t.string({
      nullable: true,
      description:
        'Where a picture of its first frame can be fetched, a JPEG at most 1,280 pixels wide. Null until the output is `kept`, and where the gateway cannot draw one (FFMPEG): then draw it from the video.',
      resolve: ({ kept }, _args, { outputUrl }) => (kept?.poster ? outputUrl(kept.poster) : null),
    }),
  }),
})
