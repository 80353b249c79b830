import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Archive } from '../../src/archive/archive.ts'
import { createFolderArchive } from '../../src/archive/folder.ts'
import { createJobId } from '../../src/jobs/id.ts'

describe('a link within the archive', () => {
  const jobId = createJobId(0, (bytes) => bytes.fill(7))
  const key = `${jobId}/0.mp4`
  let folder: string
  let outside: string
  let archive: Archive
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wavespeed-links-'))
    outside = join(folder, 'outside')
    mkdirSync(outside)
    writeFileSync(join(outside, '0.mp4'), 'a secret')
    mkdirSync(join(folder, 'archive'))
    archive = createFolderArchive(join(folder, 'archive'))
    return () => rmSync(folder, { recursive: true })
  })
  const within = (path: string) => join(folder, 'archive', path)
  const file = () => ({
    contentType: 'video/mp4',
    body: (async function* () {
      yield Buffer.from('video')
    })(),
  })
  const put = () => archive.put(key, file(), new AbortController().signal)

  it('that leads a file out of it is not served', async () => {
    mkdirSync(within(jobId))
    symlinkSync(join(outside, '0.mp4'), within(key))
    expect(await archive.locate(key, 'GET')).toBeNull()
  })

  it("that leads a job's folder out of it is not served, written to or emptied", async () => {
    symlinkSync(outside, within(jobId))
    expect(await archive.locate(key, 'GET')).toBeNull()
    await expect(put()).rejects.toThrow(/a link leads out of the archive/)
    await archive.remove(jobId, new AbortController().signal)
    expect(readFileSync(join(outside, '0.mp4'), 'utf8')).toBe('a secret')
  })

  it('that leads unfinished files out of it is not used, and nothing there is removed', async () => {
    symlinkSync(outside, within('.unfinished'))
    await expect(put()).rejects.toThrow(/a link leads out of the archive/)
    await expect(archive.check()).rejects.toThrow(/a link leads out of the archive/)
    await expect(archive.recover(Number.POSITIVE_INFINITY)).rejects.toThrow(/a link leads out of the archive/)
    expect(readdirSync(outside)).toEqual(['0.mp4'])
  })

  it('is followed where the archive itself is one, or where it stays inside', async () => {
    symlinkSync(within('.'), join(folder, 'link'))
    archive = createFolderArchive(join(folder, 'link'))
    await put()
    const found = await archive.locate(key, 'GET')
    expect(found).toMatchObject({ kind: 'file' })
    expect(readFileSync(within(key), 'utf8')).toBe('video')
    const linked = createJobId(0, (bytes) => bytes.fill(8))
    symlinkSync(within(jobId), within(linked))
    expect(await archive.locate(`${linked}/0.mp4`, 'GET')).toMatchObject({ kind: 'file' })
  })
})
