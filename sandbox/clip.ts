import {
  BufferSource,
  BufferTarget,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  MP4,
  Mp4OutputFormat,
  Output,
} from 'mediabunny'

/** The clip over and over again, cut after so many seconds: it can be cut after each, where a frame stands by itself. */
export async function lasting(clip: Buffer, seconds: number): Promise<Buffer> {
  using input = new Input({ formats: [MP4], source: new BufferSource(clip) })
  const track = await input.getPrimaryVideoTrack()
  const decoderConfig = await track?.getDecoderConfig()
  if (!track || !decoderConfig) throw new Error('The clip of the sandbox is no video.')
  const clipSeconds = await track.computeDuration()
  const target = new BufferTarget()
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'in-memory' }), target })
  const frames = new EncodedVideoPacketSource('avc')
  output.addVideoTrack(frames)
  await output.start()
  for (let from = 0; from < seconds; from += clipSeconds) {
    for await (const packet of new EncodedPacketSink(track).packets()) {
      const timestamp = from + packet.timestamp
      if (timestamp < seconds) await frames.add(packet.clone({ timestamp }), { decoderConfig })
    }
  }
  await output.finalize()
  return Buffer.from(new Uint8Array(target.buffer ?? []))
}
