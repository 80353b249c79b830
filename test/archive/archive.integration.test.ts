import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createS3Archive } from '../../src/archive/s3.ts'
import { archives, type OpenArchive } from '../support/archives.ts'
import { sampleBytes, startFileHost } from '../support/file-host.ts'

const jobId = 'job_00000000000000000000000000'
const otherId = 'job_00000000000000000000000001'
const key = `${jobId}/0.mp4`
const never = new AbortController().signal

/** Chunks of the size that sockets deliver. */
async function* chunks(bytes: Buffer, breaksAt = Number.POSITIVE_INFINITY) {
  for (let from = 0; from < bytes.length; from += 65_536) {
    if (from >= breaksAt) throw new Error('the connection broke')
    yield bytes.subarray(from, from + 65_536)
  }
}
const video = (bytes: Buffer, breaksAt?: number) => ({
  contentType: 'video/mp4',
  body: chunks(bytes, breaksAt),
})

describe.each(archives)('$name as an archive', ({ open }) => {
  let opened: OpenArchive

  beforeEach(async () => {
    opened = await open()
  })
  afterEach(() => opened.close())

  it.each([
    ['one byte', 1],
    ['a few chunks', 200_000],
    ['more than two parts of S3', 12_000_000],
  ])('keeps %s as it came', async (_name, length) => {
    const bytes = sampleBytes(length)
    await opened.archive.put(key, video(bytes), never)
    expect((await opened.read(key))?.equals(bytes)).toBe(true)
    expect(await opened.leftovers()).toEqual([])
  })

  it('reads a part of a file, and no more than there is', async () => {
    const bytes = sampleBytes(200_000)
    await opened.archive.put(key, video(bytes), never)
    const read = async (start: number, end: number) =>
      Buffer.from(await opened.archive.read(key, { start, end }, never))
    expect((await read(0, 10)).equals(bytes.subarray(0, 10))).toBe(true)
    expect((await read(70_000, 150_000)).equals(bytes.subarray(70_000, 150_000))).toBe(true)
    expect((await read(199_990, 300_000)).equals(bytes.subarray(199_990))).toBe(true)
    await expect(opened.archive.read(`${otherId}/0.mp4`, { start: 0, end: 1 }, never)).rejects.toThrow()
    await expect(opened.archive.read('../secret', { start: 0, end: 1 }, never)).rejects.toThrow('not a key')
  })

  it('replaces what is under a key', async () => {
    await opened.archive.put(key, video(Buffer.from('first')), never)
    await opened.archive.put(key, video(Buffer.from('second')), never)
    expect((await opened.read(key))?.toString()).toBe('second')
  })

  it.each([
    ['early', 100_000, 65_536],
    ['after its first parts', 12_000_000, 11_000_000],
  ])('keeps nothing of a body that breaks %s, and passes its error on', async (_name, length, breaksAt) => {
    await expect(opened.archive.put(key, video(sampleBytes(length), breaksAt), never)).rejects.toThrow(
      'the connection broke',
    )
    expect(await opened.read(key)).toBeNull()
    expect(await opened.leftovers()).toEqual([])
  })

  it.each([
    ['early', 65_536],
    ['after its first parts', 11_000_000],
  ])('keeps nothing of a copy that is broken off %s', async (_name, breaksAt) => {
    const controller = new AbortController()
    async function* body() {
      yield* chunks(sampleBytes(breaksAt))
      controller.abort()
      throw new Error('the download was broken off')
    }
    const put = opened.archive.put(key, { contentType: 'video/mp4', body: body() }, controller.signal)
    await expect(put).rejects.toThrow()
    expect(await opened.read(key)).toBeNull()
    expect(await opened.leftovers()).toEqual([])
  })

  it('removes every file of a job, and none of another', async () => {
    for (const one of [key, `${jobId}/1.bin`, `${otherId}/0.mp4`]) {
      await opened.archive.put(one, video(Buffer.from('bytes')), never)
    }
    await opened.archive.remove(jobId, never)
    await opened.archive.remove(jobId, never)
    expect(await opened.read(key)).toBeNull()
    expect(await opened.read(`${jobId}/1.bin`)).toBeNull()
    expect(await opened.read(`${otherId}/0.mp4`)).not.toBeNull()
  })

  it.each([
    '',
    jobId,
    `${jobId}/`,
    `${jobId}/0`,
    `${jobId}/../0.mp4`,
    `${jobId}/0.mp4/../../../secret`,
    `${jobId}/..%2f0.mp4`,
    `../${key}`,
    `/${key}`,
    `${jobId}/0.mp4\0`,
    `${jobId}/0.svg`,
    `${jobId}/0.constructor`,
    '.unfinished/0.mp4',
    `${jobId}\\0.mp4`,
  ])('takes %j for no key', async (text) => {
    expect(await opened.archive.locate(text, 'GET')).toBeNull()
    await expect(opened.archive.put(text, video(Buffer.from('bytes')), never)).rejects.toThrow('not a key')
    await expect(opened.archive.remove(`../${text}`, never)).rejects.toThrow('no id of a job')
  })

  it('says whether anything can be stored', async () => {
    await opened.archive.recover(Number.POSITIVE_INFINITY)
    await expect(opened.archive.check()).resolves.toBeUndefined()
    expect(await opened.leftovers()).toEqual([])
    await opened.breakIt()
    await expect(opened.archive.check()).rejects.toThrow()
    await expect(opened.archive.put(key, video(Buffer.from('bytes')), never)).rejects.toThrow()
    await expect(opened.archive.remove(jobId, never)).rejects.toThrow()
  })
})

it('reads nothing of a store that knows no ranges', async () => {
  const host = await startFileHost()
  host.answer((_request, response) => void response.end(sampleBytes(1_000_000)))
  const credentials = { accessKeyId: 'KEY', secretAccessKey: 'SECRET' }
  const archive = createS3Archive({ bucket: 'outputs', prefix: '', endpoint: host.url, credentials })
  try {
    const read = archive.read(key, { start: 0, end: 100 }, never)
    await expect(read).rejects.toThrow('does not answer with a range')
  } finally {
    archive.close()
    await host.close()
  }
})

describe('a bucket that is silent', () => {
  it('holds up neither an upload nor a removal that is broken off', async () => {
    const host = await startFileHost()
    const credentials = { accessKeyId: 'KEY', secretAccessKey: 'SECRET' }
    const archive = createS3Archive({ bucket: 'outputs', prefix: '', endpoint: host.url, credentials })
    const asked = (broken: AbortController) =>
      new Promise<void>((resolve) =>
        host.answer(() => {
          broken.abort()
          resolve()
        }),
      )
    try {
      // The limit of the test is their bound: the bucket's own is a minute.
      const upload = new AbortController()
      const uploadAsked = asked(upload)
      await expect(archive.put(key, video(Buffer.from('bytes')), upload.signal)).rejects.toThrow()
      await uploadAsked
      const removal = new AbortController()
      const removalAsked = asked(removal)
      await expect(archive.remove(jobId, removal.signal)).rejects.toThrow()
      await removalAsked
    } finally {
      archive.close()
      await host.close()
    }
  })
})
