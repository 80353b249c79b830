import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ffmpeg } from './needs.ts'

/** A clip of 832 × 480 pixels with 48 frames in three seconds, as an MP4. */
export const clip: Buffer = readFileSync(new URL('../../sandbox/clips/output.mp4', import.meta.url))

/** A video that ffmpeg makes of that clip. */
export function convert(args: readonly string[], extension: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'wavespeed-video-'))
  const target = join(folder, `video.${extension}`)
  try {
    execFileSync(ffmpeg, ['-v', 'error', '-f', 'mp4', '-i', 'pipe:0', ...args, target], { input: clip })
    return readFileSync(target)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Width and height of a JPEG, by its first start of a frame. */
export function sizeOfJpeg(jpeg: Uint8Array): { readonly width: number; readonly height: number } | null {
  const bytes = Buffer.from(jpeg)
  if (bytes.readUInt16BE(0) !== 0xffd8) return null
  for (let at = 2; at + 9 < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes.readUInt16BE(at)
    if (marker >= 0xffc0 && marker <= 0xffc3) {
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) }
    }
  }
  return null
}
