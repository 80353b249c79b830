/** A file of 500 MB passes through a gateway, whose memory does not grow with it. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startSandbox } from '../../sandbox/sandbox.ts'
import { startGateway } from '../support/gateway-process.ts'
import { begin, clip } from '../support/uploads.ts'

const megabyte = 1_000_000
/** What a file of a few MB makes a gateway take that has not seen any; it is not given back at once. */
const warmUp = 100 * megabyte
const large = 500 * megabyte

/** So many bytes that begin like a video, and their hash as they pass. */
function longFile(bytes: number) {
  const hash = createHash('sha256')
  const piece = randomBytes(megabyte)
  function* pieces() {
    for (let left = bytes; left > 0; left -= piece.length) {
      const next =
        left === bytes ? Buffer.concat([clip, piece]).subarray(0, Math.min(piece.length, left)) : piece
      const part = next.subarray(0, Math.min(next.length, left))
      hash.update(part)
      yield part
    }
  }
  return { pieces: pieces(), digest: () => hash.digest('hex') }
}

it('memory does not grow with the file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wavespeed-size-'))
  const sandbox = await startSandbox({ largestUpload: 600 * megabyte })
  const gateway = await startGateway({
    DATABASE_URL: `file:${folder}/jobs.db`,
    WAVESPEED_BASE_URL: sandbox.url,
    UPLOAD_MAX_MB: '600',
  })
  onTestFinished(async () => {
    await gateway.end('SIGTERM')
    await sandbox.close()
    rmSync(folder, { recursive: true })
  })
  const resident = () => {
    const status = readFileSync(`/proc/${gateway.process.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1_000
  }
  async function send(bytes: number) {
    const { request, answer } = begin(gateway.url, { 'content-type': 'video/mp4', 'content-length': bytes })
    const { pieces, digest } = longFile(bytes)
    for (const piece of pieces) if (!request.write(piece)) await once(request, 'drain')
    request.end()
    const { status, body: told } = await answer
    expect([status, told['size'], told['sha256']]).toEqual([201, bytes, digest()])
  }
  await send(warmUp)
  const before = resident()
  let most = before
  const watch = setInterval(() => {
    most = Math.max(most, resident())
  }, 50)
  await send(large)
  clearInterval(watch)
  process.stdout.write(`resident before ${before.toFixed(0)} MB, at most ${most.toFixed(0)} MB\n`)
  expect(most - before).toBeLessThan(10)
})
