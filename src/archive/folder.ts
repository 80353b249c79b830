import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, realpath, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { explainFileFault } from '../file-fault.ts'
import type { Archive } from './archive.ts'
import { isOwnerId, typeOfKey } from './media.ts'

/** Inside the archive, so that a rename from it never crosses file systems. No key leads here. */
const unfinished = '.unfinished'

/** An archive in a folder, which is made if need be: `<root>/<job>/<index>.<extension>`. */
export function createFolderArchive(path: string): Archive {
  const root = resolve(path)
  const inWords = (error: unknown) => explainFileFault(error, 'ARCHIVE_URL', 'the archive', path)
  const temporary = () => join(root, unfinished, randomUUID())

  /** The folder made if need be. The archive itself may be a link; within it none leads out, whoever laid it there. */
  async function folderAt(path: string): Promise<string> {
    await mkdir(path, { recursive: true })
    if (!(await isWithin(path))) throw new Error(`a link leads out of the archive: ${path}`)
    return path
  }

  async function isWithin(path: string): Promise<boolean> {
    const [real, place] = await Promise.all([realpath(path), realpath(root)])
    return real.startsWith(place + sep)
  }

  async function locate(key: string) {
    const contentType = typeOfKey(key)
    if (contentType === null) return null
    const path = join(root, key)
    // Whether it is there comes out when it is read.
    const outside = await isWithin(path).then(
      (within) => !within,
      () => false,
    )
    return outside ? null : { kind: 'file' as const, path, contentType }
  }

  return {
    async put(key, { body }, signal) {
      if (typeOfKey(key) === null) throw new Error(`not a key: ${key}`)
      const target = join(root, key)
      const part = temporary()
      try {
        await folderAt(dirname(part))
        // Opened first: a body that breaks at once must not be over before its file is there to be removed.
        const file = await open(part, 'wx')
        // On the disk before its name is, or a power failure could leave a name over nothing.
        await pipeline(body, file.createWriteStream({ flush: true }), { signal })
        await folderAt(dirname(target))
        await rename(part, target)
      } catch (error) {
        await rm(part, { force: true }).catch(() => {}) // What stays is removed by the next start.
        throw inWords(error)
      }
      await syncFolder(dirname(target))
      await syncFolder(root)
    },

    async remove(jobId) {
      if (!isOwnerId(jobId)) throw new Error(`no id of a job or an upload: ${jobId}`)
      await rm(join(root, jobId), { recursive: true, force: true })
    },

    async read(key, { start, end }) {
      const located = await locate(key)
      if (located === null) throw new Error(`not a key: ${key}`)
      await using file = await open(located.path)
      const bytes = Buffer.alloc(end - start)
      const { bytesRead } = await file.read(bytes, 0, bytes.length, start)
      return bytes.subarray(0, bytesRead)
    },

    locate,

    async check() {
      const probe = temporary()
      try {
        await folderAt(dirname(probe))
        await writeFile(probe, 'a')
      } catch (error) {
        throw inWords(error)
      } finally {
        await rm(probe, { force: true }).catch(() => {})
      }
    },

    async recover(before) {
      const folder = join(root, unfinished)
      await folderAt(folder).catch((error: unknown) => {
        throw inWords(error)
      })
      for (const name of await readdir(folder)) {
        const file = join(folder, name)
        // Another gateway on this folder may have finished with it just now.
        const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
        if (mtimeMs < before) await rm(file, { force: true })
      }
      await rmdir(folder).catch(() => {}) // Unless somebody is at it.
    },

    close() {},
  }
}

/** A rename lasts once its folder is on the disk. Windows neither needs nor allows this. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
