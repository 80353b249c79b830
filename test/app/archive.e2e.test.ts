import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { useArchived } from '../support/archived.ts'
import { histories } from '../support/histories.ts'

const day = 24 * 60 * 60_000

describe('a gateway with an archive', () => {
  const world = useArchived()

  it('answers ranges, HEAD and nothing that writes', async () => {
    await world.start()
    const { id, url } = await world.kept()
    const clip = await world.original(id)
    const range = (value: string) => fetch(url, { headers: { range: value } })

    const first = await range('bytes=0-99')
    expect(first.status).toBe(206)
    expect(first.headers.get('content-range')).toBe(`bytes 0-99/${clip.length}`)
    expect(Buffer.from(await first.arrayBuffer()).equals(clip.subarray(0, 100))).toBe(true)
    const last = await range('bytes=-10')
    expect(last.status).toBe(206)
    expect(Buffer.from(await last.arrayBuffer()).equals(clip.subarray(-10))).toBe(true)

    const beyond = await range(`bytes=${clip.length}-`)
    expect(beyond.status).toBe(416)
    expect(beyond.headers.get('content-range')).toBe(`bytes */${clip.length}`)
    expect(await beyond.json()).toMatchObject({ errors: [{ extensions: { code: 'RANGE_NOT_SATISFIABLE' } }] })

    const head = await fetch(url, { method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(head.headers.get('content-length')).toBe(String(clip.length))
    expect(await head.text()).toBe('')

    const put = await fetch(url, { method: 'PUT', body: 'x' })
    expect(put.status).toBe(405)
    expect(put.headers.get('allow')).toBe('GET, HEAD')
  })

  it('serves outputs and nothing else of the disk', async () => {
    await world.start()
    const { id } = await world.kept()
    writeFileSync(join(world.folder, 'secret.mp4'), 'secret')
    const { hostname, port } = new URL(world.app.app.url)
    // Written by hand: fetch would tidy the paths up.
    const statusOf = (path: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = createConnection(Number(port), hostname, () =>
          socket.write(`GET ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nconnection: close\r\n\r\n`),
        )
        socket.once('data', (data) => {
          resolve(String(data).split(' ')[1] ?? '')
          socket.destroy()
        })
        socket.once('error', reject)
      })
    expect(await statusOf(`/outputs/${id}/0.mp4`)).toBe('200')
    for (const path of [
      'secret.mp4',
      `${id}/../secret.mp4`,
      `${id}/..%2fsecret.mp4`,
      `${id}/%2e%2e/secret.mp4`,
      '../jobs.db',
      '..%2F..%2F..%2Fetc%2Fpasswd',
      `/${id}/0.mp4`,
      `${id}%2f0.mp4`,
      `${id}/1.mp4`,
      id,
      '',
    ]) {
      expect(`${path} ${await statusOf(`/outputs/${path}`)}`).toBe(`${path} 404`)
    }
  })

  it('lets pages of allowed origins read outputs, and others not', async () => {
    await world.start({ ARCHIVE_URL: `file:${world.folder}`, CORS_ORIGINS: 'https://app.example.com' })
    const { url } = await world.kept()
    const from = (origin: string) => fetch(url, { headers: { origin, range: 'bytes=0-9' } })
    const allowed = await from('https://app.example.com')
    expect(allowed.status).toBe(206)
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example.com')
    expect(allowed.headers.get('access-control-expose-headers')).toContain('content-range')
    expect(allowed.headers.get('vary')).toContain('Origin')
    expect((await from('https://evil.example.com')).status).toBe(403)
  })

  it('answers the address under which browsers reach it, where there is one', async () => {
    await world.start({
      ARCHIVE_URL: `file:${world.folder}`,
      PUBLIC_URL: 'https://gateway.example.com',
      LOCAL_WITHOUT_KEY: '1',
    })
    const { id, url } = await world.kept()
    expect(url).toBe(`https://gateway.example.com/outputs/${id}/0.mp4`)
  })

  it('answers kept outputs under the address that it was called by', async () => {
    await world.start()
    const { id } = await world.kept()
    const query = JSON.stringify({ query: `{ job(id: "${id}") { outputs { url } } }` })
    // A port that a container maps, for one.
    const answer = await new Promise<string>((resolve, reject) => {
      const headers = { host: 'localhost:8443', 'content-type': 'application/json' }
      request(world.app.url, { method: 'POST', headers }, (response) => resolve(text(response)))
        .on('error', reject)
        .end(query)
    })
    expect(answer).toContain(`"http://localhost:8443/outputs/${id}/0.mp4"`)
  })

  it('has no check of an archive, and serves nothing, without one', async () => {
    await world.start({})
    const id = await world.completed()
    expect((await world.ready()).checks).not.toHaveProperty('archive')
    expect((await fetch(`${world.app.app.url}/outputs/${id}/0.mp4`)).status).toBe(404)
    const { url } = (await world.output(id)) ?? { url: '' }
    expect(url).toBe(`${world.app.sandbox.url}/outputs/${(await world.app.job(id)).predictionId}.mp4`)
  })
})

describe.each(histories)('on %s a gateway with an archive', (history) => {
  const world = useArchived(history)

  it('serves a completed output under its own address, long after the vendor dropped it', async () => {
    await world.start()
    const { id, url } = await world.kept()
    expect(url).toBe(`${world.app.app.url}/outputs/${id}/0.mp4`)
    expect(await world.output(id)).toMatchObject({ kept: true, expiresAt: null })
    expect((await world.app.job(id)).timeline.map(({ message }) => message).slice(-2)).toEqual([
      'Completed.',
      'Output kept.',
    ])
    const vendors = `${world.app.sandbox.url}/outputs/${(await world.app.job(id)).predictionId}.mp4`
    const clip = await world.original(id)
    world.clock.jump(8 * day)
    expect((await fetch(vendors)).status).toBe(404)

    const response = await fetch(url)
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': String(clip.length),
      'content-disposition': 'inline',
      'accept-ranges': 'bytes',
      'cache-control': 'private, max-age=86400, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining('sandbox'),
      etag: expect.any(String),
      'last-modified': expect.any(String),
    })
    expect(Buffer.from(await response.arrayBuffer()).equals(clip)).toBe(true)
    const etag = response.headers.get('etag') ?? ''
    const again = { 'if-none-match': etag, 'cache-control': 'max-age=0' } // fetch would ask for a fresh one.
    expect((await fetch(url, { headers: again })).status).toBe(304)
  })

  it('says of an output that is lost why, after several tries, and leaves the job COMPLETED', async () => {
    await world.start()
    const id = await world.completed('[sandbox:lost-output]')
    await world.clock.until(
      async () => /^Gave up archiving/.test((await world.app.job(id)).timeline.at(-1)?.message ?? ''),
      5_000,
    )
    const job = await world.app.job(id)
    expect(job.timeline.at(-1)).toMatchObject({
      state: 'COMPLETED',
      message: 'Gave up archiving the output: its host answers with HTTP 404.',
    })
    expect(job.outputs[0]).toMatchObject({ kept: false, expiresAt: expect.any(String) })
    await world.clock.until(() => world.app.app.gauges().steps === 0, 1)
  })

  it('keeps what was completed before it had an archive, as far as the vendor still has it', async () => {
    await world.start({})
    const old = await world.completed('old')
    world.clock.jump(6 * day)
    const recent = await world.completed('recent')
    world.clock.jump(2 * day)
    await world.app.restart({ env: { ARCHIVE_URL: `file:${world.folder}` } })
    await world.clock.until(async () => (await world.output(recent))?.kept === true)
    expect(await world.output(old)).toMatchObject({ kept: false })
    expect((await world.app.job(old)).timeline.at(-1)?.message).toBe('Completed.')
  })

  it('completes jobs while the archive is out of order, says so, and keeps them when it works again', async () => {
    rmSync(world.folder, { recursive: true })
    writeFileSync(world.folder, 'a file where the folder should be')
    await world.start()
    const id = await world.completed()
    await world.clock.until(async () =>
      /copy|written/.test(JSON.stringify((await world.ready()).checks.archive)),
    )
    expect(await world.ready()).toMatchObject({ ready: true, checks: { archive: { ok: false } } })
    rmSync(world.folder)
    await world.clock.until(async () => (await world.output(id))?.kept === true)
    expect(await world.ready()).toMatchObject({ ready: true, checks: { archive: { ok: true } } })
  })

  it('keeps nothing of a job that is deleted before its output is copied', async () => {
    rmSync(world.folder, { recursive: true })
    writeFileSync(world.folder, 'a file where the folder should be')
    await world.start()
    const id = await world.completed()
    await world.clock.until(async () => (await world.ready()).checks.archive.ok === false)
    rmSync(world.folder)
    expect(await world.remove(id)).toMatchObject({ __typename: 'DeleteJobSuccess' })
    await world.clock.advance(600_000)
    expect(await world.app.state(id)).toBe('none')
    expect(existsSync(join(world.folder, id))).toBe(false)
    await world.clock.until(() => world.app.app.gauges().steps === 0, 1)
  })
})
