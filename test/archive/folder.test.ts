import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Archive } from '../../src/archive/archive.ts'
import { createFolderArchive } from '../../src/archive/folder.ts'

const jobId = 'job_00000000000000000000000000'
const other = 'job_11111111111111111111111111'
const never = new AbortController().signal

describe('a folder that keeps outputs', () => {
  let folder: string
  let archive: Archive
  beforeEach(() => {
    const parent = mkdtempSync(join(tmpdir(), 'wavespeed-folder-'))
    folder = join(parent, 'deep', 'archive')
    archive = createFolderArchive(folder)
    return () => rmSync(parent, { recursive: true })
  })

  const file = (...chunks: readonly (string | Error)[]) => ({
    contentType: 'video/mp4',
    body: (async function* () {
      for (const chunk of chunks) {
        if (chunk instanceof Error) throw chunk
        yield Buffer.from(chunk)
      }
    })(),
  })
  const put = (key: string, ...chunks: readonly (string | Error)[]) =>
    archive.put(key, file(...chunks), never)
  const unfinished = () => readdirSync(join(folder, '.unfinished'))
  const at = (name: string, modified: number) => {
    const path = join(folder, '.unfinished', name)
    writeFileSync(path, 'a')
    utimesSync(path, modified / 1_000, modified / 1_000)
  }

  it('has a file whole under its key as soon as it was put there, and nothing unfinished', async () => {
    await put(`${jobId}/0.mp4`, 'vi', 'deo')
    expect(readFileSync(join(folder, jobId, '0.mp4'), 'utf8')).toBe('video')
    expect(unfinished()).toEqual([])
    expect(await archive.locate(`${jobId}/0.mp4`, 'GET')).toEqual({
      kind: 'file',
      path: join(folder, jobId, '0.mp4'),
      contentType: 'video/mp4',
    })
  })

  it.each(['../0.mp4', `${jobId}/../0.mp4`, '0.mp4', `${jobId}/0.html`, '.unfinished/0.mp4'])(
    'has nothing under what is no key: %s',
    async (key) => {
      await expect(put(key, 'video')).rejects.toThrow(`not a key: ${key}`)
      expect(await archive.locate(key, 'GET')).toBeNull()
      expect(() => readdirSync(folder)).toThrow()
    },
  )

  it('has nothing of a file whose download broke, whose error is passed on', async () => {
    await expect(put(`${jobId}/0.mp4`, 'vi', new Error('broken'))).rejects.toThrow('broken')
    expect(unfinished()).toEqual([])
    expect(() => readdirSync(join(folder, jobId))).toThrow()
  })

  it('has nothing of a file that was broken off', async () => {
    const controller = new AbortController()
    const endless = {
      contentType: 'video/mp4',
      body: (async function* () {
        for (;;) {
          yield Buffer.from('video')
          controller.abort()
        }
      })(),
    }
    await expect(archive.put(`${jobId}/0.mp4`, endless, controller.signal)).rejects.toThrow('abort')
    expect(unfinished()).toEqual([])
  })

  it('that cannot be written says so in words', async () => {
    mkdirSync(join(folder, '..'), { recursive: true })
    writeFileSync(folder, 'a file')
    const words = { message: expect.stringContaining('ARCHIVE_URL') }
    await expect(put(`${jobId}/0.mp4`, 'video')).rejects.toMatchObject(words)
    await expect(archive.check()).rejects.toMatchObject(words)
    await expect(archive.recover(0)).rejects.toMatchObject(words)
  })

  it('says so where a key is taken by what is no file, and has nothing unfinished', async () => {
    mkdirSync(join(folder, jobId, '0.mp4'), { recursive: true })
    const words = { message: expect.stringContaining('EISDIR') }
    await expect(put(`${jobId}/0.mp4`, 'video')).rejects.toMatchObject(words)
    expect(unfinished()).toEqual([])
  })

  it.runIf(process.platform === 'linux')('holds nothing open that is done', async () => {
    for (let index = 0; index < 5; index += 1) await put(`${jobId}/${index}.mp4`, 'video')
    const open = readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        return [readlinkSync(join('/proc/self/fd', fd))]
      } catch {
        return [] // That of the list itself.
      }
    })
    expect(open.filter((path) => path.startsWith(folder))).toEqual([])
  })

  it('loses all files of a job when they are removed, and none of another', async () => {
    for (const key of [`${jobId}/0.mp4`, `${jobId}/1.mp4`, `${other}/0.mp4`]) await put(key, 'video')
    await archive.remove(jobId, never)
    expect(readdirSync(folder).sort()).toEqual(['.unfinished', other])
    await archive.remove(jobId, never)
    await expect(archive.remove('..', never)).rejects.toThrow('no id of a job or an upload: ..')
    expect(readdirSync(join(folder, other))).toEqual(['0.mp4'])
  })

  it('tells where a file would be: whether it is there comes out when it is read', async () => {
    await put(`${jobId}/0.mp4`, 'video')
    expect(await archive.locate(`${other}/0.mp4`, 'GET')).toMatchObject({
      path: join(folder, other, '0.mp4'),
    })
  })

  it('is checked by a file that is gone afterwards', async () => {
    await archive.recover(0)
    mkdirSync(join(folder, '.unfinished'))
    const seen: (string | null)[] = []
    const watcher = watch(join(folder, '.unfinished'), (_event, name) => seen.push(name))
    await archive.check()
    await expect.poll(() => seen.length).toBeGreaterThan(1)
    watcher.close()
    expect(unfinished()).toEqual([])
  })

  it('loses at its start what was left unfinished before a moment, and nothing that is younger', async () => {
    await put(`${jobId}/0.mp4`, 'video')
    at('old', 1_000_000)
    at('young', 2_000_000)
    await archive.recover(2_000_000)
    expect(unfinished()).toEqual(['young'])
    // As if another gateway had finished with it since it was listed.
    symlinkSync('nowhere', join(folder, '.unfinished', 'gone'))
    await archive.recover(2_000_000)
    expect(unfinished()).toEqual(['gone', 'young'])
    rmSync(join(folder, '.unfinished', 'gone'))
    await archive.recover(Number.POSITIVE_INFINITY)
    expect(readdirSync(folder)).toEqual([jobId])
  })

  it('is made at its start', async () => {
    await archive.recover(0)
    expect(readdirSync(folder)).toEqual([])
  })
})
