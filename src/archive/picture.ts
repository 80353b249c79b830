import {
  BufferTarget,
  CustomSource,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  type InputVideoTrack,
  Logging,
  LogLevel,
  MP4,
  Mp4OutputFormat,
  Output,
  QTFF,
  WEBM,
} from 'mediabunny'
import type { VideoFacts } from '../jobs/job.ts'

/** Reads the bytes from `start` to before `end`. */
export type ReadBytes = (start: number, end: number) => Promise<Uint8Array>

/** What a video shows, and its first frame, still encoded, as a video of its own. */
export interface Picture {
  readonly facts: VideoFacts
  /** Null where it has none that can be taken out. */
  readonly firstFrame: Uint8Array | null
}

/** More is not read of any file: the boxes of a video of ten minutes have a few hundred kilobytes. */
const mostRead = 8_000_000 // 8 MB

/** The rate is taken from so many frames. */
const framesMeasured = 250

Logging.level = LogLevel.Silent // What is wrong with a file is no matter of this gateway.

/**
 * Reads the boxes of an MP4, MOV or WebM of that size, and nothing of its frames but the first.
 *
 * @throws if it is none, or a broken one
 */
export async function readPicture(size: number, read: ReadBytes): Promise<Picture | null> {
  let left = mostRead
  const source = new CustomSource({
    getSize: () => size,
    read(start, end) {
      left -= end - start
      if (left < 0) throw new Error('Its boxes are too large.')
      return read(start, end)
    },
    maxCacheSize: mostRead,
    prefetchProfile: 'none',
  })
  using input = new Input({ formats: [MP4, QTFF, WEBM], source })
  const track = await input.getPrimaryVideoTrack()
  if (track === null) return null
  const [width, height] = [await track.getDisplayWidth(), await track.getDisplayHeight()]
  const durationMs = Math.round(((await input.computeDuration()) - (await input.getFirstTimestamp())) * 1_000)
  const { packetCount, averagePacketRate } = await track.computePacketStats(framesMeasured)
  const framesPerSecond = packetCount > 1 ? Math.round(averagePacketRate * 100) / 100 : null
  const facts = { width, height, durationMs, framesPerSecond }
  if (!isPlausible(facts)) throw new Error(`It says of itself what cannot be: ${JSON.stringify(facts)}.`)
  return { facts, firstFrame: await firstFrameOf(track).catch(() => null) }
}

const mostPixels = 16_384 // of either side
const mostDurationMs = 24 * 60 * 60_000 // a day
const mostFramesPerSecond = 1_000

function isPlausible({ width, height, durationMs, framesPerSecond }: VideoFacts): boolean {
  return (
    [width, height].every((side) => Number.isInteger(side) && side > 0 && side <= mostPixels) &&
    durationMs > 0 &&
    durationMs <= mostDurationMs &&
    (framesPerSecond === null || (framesPerSecond > 0 && framesPerSecond <= mostFramesPerSecond))
  )
}

async function firstFrameOf(track: InputVideoTrack): Promise<Uint8Array | null> {
  const codec = await track.getCodec()
  const packet = await new EncodedPacketSink(track).getFirstPacket()
  const decoderConfig = await track.getDecoderConfig()
  if (codec === null || packet?.type !== 'key' || decoderConfig === null) return null
  const target = new BufferTarget()
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'in-memory' }), target })
  const frames = new EncodedVideoPacketSource(codec)
  output.addVideoTrack(frames, { rotation: await track.getRotation() })
  await output.start()
  await frames.add(packet.clone({ timestamp: 0 }), { decoderConfig })
  await output.finalize()
  return target.buffer && new Uint8Array(target.buffer)
}
