import { describe, expect, it, onTestFinished } from 'vitest'
import { useArchived } from '../support/archived.ts'
import { startBucket } from '../support/bucket.ts'
import { histories } from '../support/histories.ts'
import { describeWith, ffmpeg } from '../support/needs.ts'
import { sizeOfJpeg } from '../support/videos.ts'

const unknown = { width: null, height: null, durationSeconds: null, framesPerSecond: null, posterUrl: null }
const facts = { width: 832, height: 480, framesPerSecond: 16 }

describe.each(histories)('on %s a gateway with an archive', (history) => {
  const world = useArchived(history)

  it('tells what a kept output shows, as long as was asked for', async () => {
    await world.start()
    const id = await world.app.create('a short one', { duration: 7 })
    await world.clock.until(async () => (await world.output(id))?.kept === true)
    expect(await world.output(id)).toMatchObject({ ...facts, durationSeconds: 7, posterUrl: null })
  })
})

describe('a gateway without an archive', () => {
  const world = useArchived()

  it('knows nothing of what outputs show', async () => {
    await world.start({})
    const id = await world.completed()
    expect(await world.output(id)).toMatchObject(unknown)
  })
})

describeWith('ffmpeg', 'a gateway with ffmpeg', () => {
  const world = useArchived()

  it('draws a poster, which is served as the output is, and goes with it', async () => {
    await world.start({ ARCHIVE_URL: `file:${world.folder}`, FFMPEG: ffmpeg })
    const { id } = await world.kept()
    const { posterUrl } = (await world.output(id)) ?? {}
    expect(posterUrl).toBe(`${world.app.app.url}/outputs/${id}/0.poster.jpg`)
    const poster = await fetch(posterUrl ?? '')
    expect(poster.headers.get('content-type')).toBe('image/jpeg')
    expect(sizeOfJpeg(new Uint8Array(await poster.arrayBuffer()))).toEqual({ width: 832, height: 480 })

    expect(await world.remove(id)).toMatchObject({ __typename: 'DeleteJobSuccess' })
    expect((await fetch(posterUrl ?? '')).status).toBe(404)
  })

  it('keeps posters in a bucket', async () => {
    const bucket = await startBucket()
    onTestFinished(() => bucket.close())
    await world.start({ ...bucket.env, FFMPEG: ffmpeg })
    const { id } = await world.kept()
    const { posterUrl, width } = (await world.output(id)) ?? {}
    expect(width).toBe(832)
    const poster = await fetch(posterUrl ?? '')
    expect(poster.headers.get('content-type')).toBe('image/jpeg')
    expect(sizeOfJpeg(new Uint8Array(await poster.arrayBuffer()))).toEqual({ width: 832, height: 480 })
  })
})
