import { describe, expect, test } from 'vitest'
import { createValidator } from '../../src/generated/validators.ts'
import { startTestSandbox } from './support.ts'

interface Ticket {
  download_url: string
  type: string
  upload: { method: string; url: string; headers: { [name: string]: string } }
}

describe('a clip', () => {
  test('is an MP4 that can be read whole, in parts and by HEAD', async () => {
    const { sandbox } = await startTestSandbox()
    const whole = await fetch(sandbox.clips.source)
    const bytes = Buffer.from(await whole.arrayBuffer())
    expect(whole.headers.get('content-type')).toBe('video/mp4')
    expect(whole.headers.get('accept-ranges')).toBe('bytes')
    expect(bytes.subarray(4, 8).toString()).toBe('ftyp')
    expect(bytes.length).toBeLessThan(150_000)

    const last = bytes.length - 1
    const ranges = [
      ['bytes=0-99', 0, 99],
      [`bytes=${last - 9}-`, last - 9, last],
      ['bytes=-10', last - 9, last],
      ['bytes=5-999999999', 5, last],
    ] as const
    for (const [range, from, to] of ranges) {
      const part = await fetch(sandbox.clips.source, { headers: { range } })
      expect(part.status).toBe(206)
      expect(part.headers.get('content-range')).toBe(`bytes ${from}-${to}/${bytes.length}`)
      expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(from, to + 1))).toBe(true)
    }
    const beyond = await fetch(sandbox.clips.source, { headers: { range: `bytes=${bytes.length}-` } })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${bytes.length}`])
    expect((await fetch(sandbox.clips.source, { headers: { range: 'bytes=9-1' } })).status).toBe(200)

    const head = await fetch(sandbox.clips.source, { method: 'HEAD' })
    expect([head.headers.get('content-length'), await head.text()]).toEqual([String(bytes.length), ''])
  })

  test('that is an output exists once its task is completed, and differs from the source', async () => {
    const { clock, submit, sandbox } = await startTestSandbox()
    const { id } = (await submit()).data
    const output = `${sandbox.url}/outputs/${id}.mp4`
    expect((await fetch(output)).status).toBe(404)
    clock.advance(10_000)
    const bytes = Buffer.from(await (await fetch(output)).arrayBuffer())
    const source = Buffer.from(await (await fetch(sandbox.clips.source)).arrayBuffer())
    expect(bytes.subarray(4, 8).toString()).toBe('ftyp')
    expect(bytes.equals(source)).toBe(false)
  })
})

describe('an upload by ticket', () => {
  test('takes the bytes without the key and serves them back', async () => {
    const { call } = await startTestSandbox()
    const bytes = Buffer.from('not really a video')
    const ticket = await call<Ticket>('POST', 'media/uploads', {
      filename: 'my clip.mp4',
      size: bytes.length,
    })
    expect(createValidator('UploadTicketEnvelope')(ticket)).toBe(true)
    const { upload, download_url, type } = ticket.data
    expect(type).toBe('video')
    const { method, headers } = upload
    expect((await fetch(upload.url, { method, headers, body: bytes })).status).toBe(200)
    const served = await fetch(download_url, { headers: { range: 'bytes=4-9' } })
    expect([served.status, served.headers.get('content-type'), await served.text()]).toEqual([
      206,
      'video/mp4',
      'really',
    ])
    expect((await fetch(upload.url, { method, headers, body: bytes })).status).toBe(412)
  })

  test('refuses the key, other headers, another size, a late and an unknown address', async () => {
    const { call, clock, sandbox } = await startTestSandbox()
    const { upload } = (await call<Ticket>('POST', 'media/uploads', { filename: 'a.mp4', size: 3 })).data
    const put = async (headers: { [name: string]: string }, body = 'abc', url = upload.url) =>
      (await fetch(url, { method: 'PUT', headers, body })).status
    expect(await put({ ...upload.headers, authorization: 'Bearer sandbox' })).toBe(400)
    expect(await put({ 'content-type': 'video/mp4' })).toBe(403)
    expect(await put(upload.headers, 'abcd')).toBe(400)
    expect(await put(upload.headers, 'abc', `${sandbox.url}/uploads/${'0'.repeat(32)}`)).toBe(403)
    clock.advance(15 * 60 * 1_000)
    expect(await put(upload.headers)).toBe(403)
  })

  test('is refused for a file that is too large, or of unknown size', async () => {
    const { call } = await startTestSandbox()
    const statusOf = async (body: object) => (await call('POST', 'media/uploads', body)).status
    expect(await statusOf({ filename: 'a.mp4', size: 100 * 1024 * 1024 + 1 })).toBe(413)
    expect(await statusOf({ filename: 'a.mp4' })).toBe(400)
  })
})

test('a direct upload takes one multipart field named file and serves it back', async () => {
  const { sandbox } = await startTestSandbox()
  const upload = async (field: string, name: string) => {
    const body = new FormData()
    body.append(field, new Blob(['picture'], { type: 'image/png' }), name)
    const response = await fetch(`${sandbox.url}/api/v3/media/upload/binary`, {
      method: 'POST',
      headers: { authorization: 'Bearer sandbox' },
      body,
    })
    return { status: response.status, answer: (await response.json()) as { data: Ticket & { size: number } } }
  }
  const { status, answer } = await upload('file', 'a.png')
  expect(status).toBe(200)
  expect(createValidator('UploadEnvelope')(answer)).toBe(true)
  expect(answer.data).toMatchObject({ type: 'image', filename: 'a.png', size: 7 })
  const served = await fetch(answer.data.download_url)
  expect([served.headers.get('content-type'), await served.text()]).toEqual(['image/png', 'picture'])
  expect((await upload('picture', 'a.png')).status).toBe(400)
})
