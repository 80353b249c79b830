import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { useArchived } from '../support/archived.ts'
import { type Bucket, startBucket } from '../support/bucket.ts'
import { eventually } from '../support/eventually.ts'
import { startFileHost } from '../support/file-host.ts'

const day = 24 * 60 * 60_000

describe('a gateway whose archive is a bucket', () => {
  const world = useArchived()
  let bucket: Bucket

  beforeEach(async () => {
    bucket = await startBucket()
  })
  afterEach(() => bucket.close())

  it('keeps outputs in a bucket, and sends whoever asks there', async () => {
    await world.start(bucket.env)
    const { id, url } = await world.kept()
    const clip = await world.original(id)
    await world.clock.advance(8 * day)
    const redirect = await fetch(url, { redirect: 'manual' })
    expect(redirect.status).toBe(302)
    expect(redirect.headers.get('cache-control')).toBe('no-store')
    const target = new URL(redirect.headers.get('location') ?? '')
    expect(target.pathname).toBe(`/outputs/some/prefix/${id}/0.mp4`)
    expect(Number(target.searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(3_600)

    const part = await fetch(url, { headers: { range: 'bytes=0-99' } })
    expect(part.status).toBe(206)
    expect(part.headers.get('content-type')).toBe('video/mp4')
    expect(Buffer.from(await part.arrayBuffer()).equals(clip.subarray(0, 100))).toBe(true)
    const head = await fetch(url, { method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(head.headers.get('content-length')).toBe(String(clip.length))

    expect(await world.remove(id)).toMatchObject({ __typename: 'DeleteJobSuccess' })
    expect((await fetch(url)).status).toBe(404)
  })

  it('keeps outputs in a bucket that was missing for a while', async () => {
    await bucket.drop()
    await world.start(bucket.env)
    const id = await world.completed()
    await world.clock.until(async () => (await world.ready()).checks.archive.ok === false)
    await bucket.restore()
    await world.clock.until(async () => (await world.output(id))?.kept === true)
    expect(await world.ready()).toMatchObject({ ready: true, checks: { archive: { ok: true } } })
  })

  /** A completed job whose copy is under way to a bucket that takes everything and says nothing. */
  const copiedInSilence = async () => {
    const silent = await startFileHost()
    onTestFinished(() => silent.close())
    silent.answer(() => {})
    await world.start({ ...bucket.env, AWS_ENDPOINT_URL: silent.url })
    const id = await world.completed()
    await eventually(() => expect(silent.requests.some(({ method }) => method === 'PUT')).toBe(true))
    return { id, silent }
  }

  it('answers a deletion though its bucket is silent', async () => {
    const { id, silent } = await copiedInSilence()
    let answer: object | undefined
    const removed = world.remove(id).then((given) => {
      answer = given
    })
    // The copy is broken off first, in real time; the limit of the test is the bound of both.
    await eventually(() => expect(silent.requests.some(({ url }) => url?.includes('list-type'))).toBe(true))
    await world.clock.until(() => answer !== undefined)
    await removed
    expect(answer).toMatchObject({ code: 'ARCHIVE_UNAVAILABLE' })
    expect(await world.app.state(id)).toBe('COMPLETED')
  })

  it('stops though its bucket is silent, and copies after the next start', async () => {
    const { id } = await copiedInSilence()
    await world.app.app.stop() // The limit of the test is its bound.
    await world.app.restart({ env: bucket.env })
    await world.clock.until(async () => (await world.output(id))?.kept === true)
  })
})
