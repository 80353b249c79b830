import type { Random } from '../support/random.ts'
import type { ArchivePort } from './gateway.ts'
import type { Time } from './time.ts'

export interface ArchiveWorld {
  readonly port: ArchivePort
  /** The share of downloads and writes that fail. */
  faults: number
  /** Its files, by key. */
  readonly files: ReadonlySet<string>
}

/** An archive in memory, and outputs to copy from. */
export function createArchiveWorld(time: Time, random: Random): ArchiveWorld {
  const files = new Set<string>()
  const fails = () => random.chance(world.faults)
  const world: ArchiveWorld = {
    faults: 0,
    files,
    port: {
      archive: {
        async put(key, { body }, signal) {
          for await (const _ of body) await time.sleep(random.whole(1, 200))
          if (fails() || signal.aborted) throw new Error('the disk of the archive is full')
          files.add(key)
        },
        async remove(jobId) {
          await time.sleep(random.whole(1, 200))
          if (fails()) throw new Error('the archive does not answer')
          for (const key of files) if (key.startsWith(`${jobId}/`)) files.delete(key)
        },
        async read() {
          return new Uint8Array()
        },
        async locate() {
          return null
        },
        async check() {
          if (fails()) throw new Error('the archive does not answer')
        },
        async recover() {},
        close() {},
      },
      source: {
        async fetch(_url, signal) {
          await time.sleep(random.whole(1, 500))
          if (fails() || signal.aborted) {
            return { kind: 'failed', lasting: random.chance(0.3), message: 'HTTP 503.' }
          }
          const cut = fails()
          const body = (async function* () {
            yield new Uint8Array(64)
            if (cut) throw new Error('the download broke')
            yield new Uint8Array(64)
          })()
          return {
            kind: 'file',
            file: { contentType: 'video/mp4', length: 128, body, cancel() {} },
          }
        },
      },
    },
  }
  return world
}
