import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Draws the first frame of a video, which is an MP4, as a JPEG; throws if it cannot. */
export type DrawPoster = (video: Uint8Array, signal: AbortSignal) => Promise<Uint8Array>

const probeMs = 5_000 // 5 seconds
const drawMs = 10_000 // 10 seconds
const mostBytes = 4_000_000 // 4 MB

/** Wider ones are made narrower: a poster is seen in a list, or for a moment. */
const mostWidth = 1_280

/** Draws with `ffmpeg`; null where there is none. */
export async function findPosters(options: {
  readonly program: string
  readonly searchPath: string
}): Promise<DrawPoster | null> {
  const { program, searchPath } = options
  // A decoder that somebody has taken over must not find the key of the vendor beside it.
  const env = { PATH: searchPath }
  try {
    await run(program, ['-version'], { env, timeout: probeMs })
  } catch {
    return null
  }
  return async (video, signal) => {
    const drawing = run(program, ['-v', 'error', '-threads', '1', ...input, ...jpeg], {
      env,
      signal,
      timeout: drawMs,
      killSignal: 'SIGKILL',
      maxBuffer: mostBytes,
      encoding: 'buffer',
    })
    const { stdin } = drawing.child
    stdin?.on('error', () => {}) // It ended without reading on: said by how it ended.
    stdin?.end(video)
    const { stdout } = await drawing
    if (stdout.length === 0) throw new Error('ffmpeg drew nothing.')
    return stdout
  }
}

/** It is no list, and leads to no other file. */
const input = ['-protocol_whitelist', 'pipe', '-f', 'mp4', '-i', 'pipe:0']

/** Square pixels, since a JPEG has no others. */
const shown = `scale=iw*sar:ih,scale='min(${mostWidth},iw)':-2,setsar=1`
const jpeg = ['-frames:v', '1', '-vf', shown, '-q:v', '4', '-f', 'mjpeg', 'pipe:1']
