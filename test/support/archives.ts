import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Archive } from '../../src/archive/archive.ts'
import { createFolderArchive } from '../../src/archive/folder.ts'
import { createS3Archive } from '../../src/archive/s3.ts'
import { startBucket } from './bucket.ts'

export interface OpenArchive {
  readonly archive: Archive
  /** What is stored under a key; null if nothing is. */
  read(key: string): Promise<Buffer | null>
  /** What a broken copy left behind. */
  leftovers(): Promise<readonly string[]>
  /** Makes it impossible to store anything. */
  breakIt(): Promise<void>
  close(): Promise<void>
}

/** Every archive that has to keep the contract, by name. */
export const archives: readonly { readonly name: string; open(): Promise<OpenArchive> }[] = [
  {
    name: 'a folder',
    async open() {
      const folder = mkdtempSync(join(tmpdir(), 'wavespeed-archive-'))
      const root = join(folder, 'outputs')
      const archive = createFolderArchive(root)
      return {
        archive,
        read: (key) => (existsSync(join(root, key)) ? readFile(join(root, key)) : Promise.resolve(null)),
        leftovers: () => readdir(join(root, '.unfinished')).catch(() => []),
        async breakIt() {
          rmSync(root, { recursive: true, force: true })
          writeFileSync(root, 'a file where the folder should be')
        },
        async close() {
          archive.close()
          rmSync(folder, { recursive: true })
        },
      }
    },
  },
  {
    name: 'an S3 bucket',
    async open() {
      const bucket = await startBucket()
      const { name, endpoint, credentials } = bucket
      const archive = createS3Archive({ bucket: name, prefix: 'some/prefix', endpoint, credentials })
      return {
        archive,
        async read(key) {
          const found = await archive.locate(key, 'GET')
          if (found?.kind !== 'redirect') return null
          const response = await fetch(found.url)
          return response.ok ? Buffer.from(await response.arrayBuffer()) : null
        },
        leftovers: () => bucket.unfinished(),
        breakIt: () => bucket.drop(),
        async close() {
          archive.close()
          await bucket.close()
        },
      }
    },
  },
]
