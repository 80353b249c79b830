import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { createTestApp, type TestApp, terminal } from '../support/app.ts'
import { type Bucket, startBucket } from '../support/bucket.ts'
import { eventually } from '../support/eventually.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { startFileHost } from '../support/file-host.ts'

const day = 24 * 60 * 60_000
const clip = await readFile(new URL('../../sandbox/clips/output.mp4', import.meta.url))

describe('a gateway with an archive', () => {
  let folder: string
  let clock: FakeClock
  let app: TestApp
  let bucket: Bucket | undefined

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wavespeed-outputs-'))
    clock = createFakeClock()
  })
  afterEach(async () => {
    await app.close()
    await bucket?.close()
    bucket = undefined
    rmSync(folder, { recursive: true, force: true })
  })

  /** Statements that fail, as they do when the disk is full. */
  let failing: RegExp | null = null

  const start = async (env: Environment = { ARCHIVE_URL: `file:${folder}` }) => {
    failing = null
    const onStatement = (sql: string) => {
      if (failing?.test(sql)) throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL')
    }
    app = await createTestApp({ env, overrides: { clock, onStatement } })
  }
  const completed = async (prompt?: string) => {
    const id = await app.create(prompt)
    await clock.until(async () => terminal(await app.state(id)))
    return id
  }
  const output = async (id: string) => (await app.job(id)).outputs[0]
  const kept = async (prompt?: string) => {
    const id = await completed(prompt)
    await clock.until(async () => (await output(id))?.kept === true)
    return { id, url: (await output(id))?.url ?? '' }
  }
  const remove = async (id: string) => {
    const { deleteJob } = await app.graphql<{ deleteJob: { __typename: string; message?: string } }>(
      'mutation ($id: ID!) { deleteJob(id: $id) { __typename ... on Error { code message } } }',
      { id },
    )
    return deleteJob
  }
  const ready = async () => (await fetch(`${app.app.url}/ready`)).json()

  it('serves a completed output under its own address, long after the vendor dropped it', async () => {
    await start()
    const { id, url } = await kept()
    expect(url).toBe(`${app.app.url}/outputs/${id}/0.mp4`)
    expect(await output(id)).toMatchObject({ kept: true, expiresAt: null })
    expect((await app.job(id)).timeline.map(({ message }) => message).slice(-2)).toEqual([
      'Completed.',
      'Output kept.',
    ])
    const vendors = `${app.sandbox.url}/outputs/${(await app.job(id)).predictionId}.mp4`
    expect((await fetch(vendors)).status).toBe(200)
    await clock.advance(8 * day)
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

  it('answers ranges, HEAD and nothing that writes', async () => {
    await start()
    const { url } = await kept()
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
    await start()
    const { id } = await kept()
    writeFileSync(join(folder, 'secret.mp4'), 'secret')
    const { hostname, port } = new URL(app.app.url)
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
    await start({ ARCHIVE_URL: `file:${folder}`, CORS_ORIGINS: 'https://app.example.com' })
    const { url } = await kept()
    const from = (origin: string) => fetch(url, { headers: { origin, range: 'bytes=0-9' } })
    const allowed = await from('https://app.example.com')
    expect(allowed.status).toBe(206)
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example.com')
    expect(allowed.headers.get('access-control-expose-headers')).toContain('content-range')
    expect(allowed.headers.get('vary')).toContain('Origin')
    expect((await from('https://evil.example.com')).status).toBe(403)
  })

  it('answers the address under which browsers reach it, where there is one', async () => {
    await start({
      ARCHIVE_URL: `file:${folder}`,
      PUBLIC_URL: 'https://gateway.example.com',
      ALLOW_ANONYMOUS: '1',
    })
    const { id, url } = await kept()
    expect(url).toBe(`https://gateway.example.com/outputs/${id}/0.mp4`)
  })

  it('says of an output that is lost why, after several tries, and leaves the job COMPLETED', async () => {
    await start()
    const id = await completed('[sandbox:lost-output]')
    await clock.until(async () => /Given up/.test((await app.job(id)).timeline.at(-1)?.message ?? ''))
    const job = await app.job(id)
    expect(job.timeline.at(-1)).toMatchObject({
      state: 'COMPLETED',
      message: 'Given up keeping the output: its host answers with HTTP 404.',
    })
    expect(job.outputs[0]).toMatchObject({ kept: false, expiresAt: expect.any(String) })
    expect(app.app.gauges().steps).toBe(0)
  })

  it('removes the files of a deleted job', async () => {
    await start()
    const { id, url } = await kept()
    expect(await readdir(join(folder, id))).toEqual(['0.mp4'])
    expect(await remove(id)).toMatchObject({ __typename: 'DeleteJobSuccess' })
    expect((await fetch(url)).status).toBe(404)
    expect(await readdir(folder)).not.toContain(id)
  })

  it('does not delete a job whose files it cannot remove', async () => {
    await start()
    const { id } = await kept()
    rmSync(folder, { recursive: true })
    writeFileSync(folder, 'a file where the folder should be')
    expect(await remove(id)).toMatchObject({
      __typename: 'ArchiveUnavailableError',
      code: 'ARCHIVE_UNAVAILABLE',
    })
    expect(await app.state(id)).toBe('COMPLETED')
    await app.restart({ env: { ARCHIVE_URL: '' } })
    expect(await remove(id)).toMatchObject({ code: 'ARCHIVE_UNAVAILABLE' })
    // The copy is out of reach, so what is told is what can still be had.
    expect(await output(id)).toMatchObject({ kept: false, expiresAt: expect.any(String) })
  })

  const removeEverywhere = async (id: string) => {
    const response = await fetch(app.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: `mutation { deleteJob(id: "${id}", fromVendor: true) { __typename ... on Error { message } } }`,
      }),
    })
    return { status: response.status, body: JSON.stringify(await response.json()) }
  }

  it('destroys nothing elsewhere while the history cannot be written', async () => {
    await start()
    const { id, url } = await kept()
    failing = /^\s*(insert|update|delete|create)/i
    const refused = await removeEverywhere(id)
    expect(refused.status).toBe(503)
    expect(refused.body).toMatch(/HISTORY_UNAVAILABLE/)
    expect(refused.body).toMatch(/Nothing was changed/)
    expect((await fetch(url)).status).toBe(200)
    expect(app.sandbox.ledger.requests({ operation: 'delete' })).toHaveLength(0)
    failing = null
    expect((await removeEverywhere(id)).body).toMatch(/DeleteJobSuccess/)
    expect(app.sandbox.ledger.requests({ operation: 'delete' })).toHaveLength(1)
  })

  it('tells what is gone already when a job could not be removed after all', async () => {
    await start()
    const { id } = await kept()
    failing = /^\s*delete/i
    const { status, body } = await removeEverywhere(id)
    expect(status).toBe(503)
    expect(body).toMatch(/The vendor has deleted its prediction\. Its kept outputs are deleted\./)
    expect(body).not.toMatch(/Nothing was changed/)
    failing = null
    expect(await app.state(id)).toBe('COMPLETED')
    expect(await remove(id)).toMatchObject({ __typename: 'DeleteJobSuccess' })
  })

  it('tells that the vendor deleted it where the archive did not', async () => {
    await start()
    const { id } = await kept()
    rmSync(folder, { recursive: true })
    writeFileSync(folder, 'a file where the folder should be')
    const { body } = await removeEverywhere(id)
    expect(body).toMatch(/ArchiveUnavailableError/)
    expect(body).toMatch(/The vendor has deleted its prediction/)
  })

  it('answers kept outputs under the address that it was called by', async () => {
    await start()
    const { id } = await kept()
    const query = JSON.stringify({ query: `{ job(id: "${id}") { outputs { url } } }` })
    // A port that a container maps, for one.
    const answer = await new Promise<string>((resolve, reject) => {
      const headers = { host: 'localhost:8443', 'content-type': 'application/json' }
      request(app.url, { method: 'POST', headers }, (response) => resolve(text(response)))
        .on('error', reject)
        .end(query)
    })
    expect(answer).toContain(`"http://localhost:8443/outputs/${id}/0.mp4"`)
  })

  it('keeps what was completed before it had an archive, as far as the vendor still has it', async () => {
    await start({})
    const old = await completed('old')
    await clock.advance(6 * day)
    const recent = await completed('recent')
    await clock.advance(2 * day)
    await app.restart({ env: { ARCHIVE_URL: `file:${folder}` } })
    await clock.until(async () => (await output(recent))?.kept === true)
    expect(await output(old)).toMatchObject({ kept: false })
    expect((await app.job(old)).timeline.at(-1)?.message).toBe('Completed.')
  })

  it('completes jobs while the archive is out of order, says so, and keeps them when it works again', async () => {
    rmSync(folder, { recursive: true })
    writeFileSync(folder, 'a file where the folder should be')
    await start()
    const id = await completed()
    await clock.until(async () => /copy|written/.test(JSON.stringify((await ready()).checks.archive)))
    expect(await ready()).toMatchObject({ ready: true, checks: { archive: { ok: false } } })
    rmSync(folder)
    await clock.until(async () => (await output(id))?.kept === true)
    expect(await ready()).toMatchObject({ ready: true, checks: { archive: { ok: true } } })
  })

  it('has no check of an archive, and serves nothing, without one', async () => {
    await start({})
    const id = await completed()
    expect((await ready()).checks).not.toHaveProperty('archive')
    expect((await fetch(`${app.app.url}/outputs/${id}/0.mp4`)).status).toBe(404)
    const { url } = (await output(id)) ?? { url: '' }
    expect(url).toBe(`${app.sandbox.url}/outputs/${(await app.job(id)).predictionId}.mp4`)
  })

  it('keeps outputs in a bucket, and sends whoever asks there', async () => {
    bucket = await startBucket()
    await start(bucket.env)
    const { id, url } = await kept()
    await clock.advance(8 * day)
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

    expect(await remove(id)).toMatchObject({ __typename: 'DeleteJobSuccess' })
    expect((await fetch(url)).status).toBe(404)
  })

  it('keeps outputs in a bucket that was missing for a while', async () => {
    bucket = await startBucket()
    await bucket.drop()
    await start(bucket.env)
    const id = await completed()
    await clock.until(async () => (await ready()).checks.archive.ok === false)
    await bucket.restore()
    await clock.until(async () => (await output(id))?.kept === true)
    expect(await ready()).toMatchObject({ ready: true, checks: { archive: { ok: true } } })
  })

  it('answers a deletion though its bucket is silent', async () => {
    bucket = await startBucket()
    const silent = await startFileHost()
    silent.answer(() => {})
    try {
      await start({ ...bucket.env, AWS_ENDPOINT_URL: silent.url })
      const id = await completed()
      await eventually(() => expect(silent.requests.some(({ method }) => method === 'PUT')).toBe(true))
      let answer: object | undefined
      const removed = remove(id).then((given) => {
        answer = given
      })
      // The copy is broken off first, in real time; the limit of the test is the bound of both.
      await eventually(() => expect(silent.requests.some(({ url }) => url?.includes('list-type'))).toBe(true))
      await clock.until(() => answer !== undefined)
      await removed
      expect(answer).toMatchObject({ code: 'ARCHIVE_UNAVAILABLE' })
      expect(await app.state(id)).toBe('COMPLETED')
    } finally {
      await silent.close()
    }
  })

  it('stops though its bucket is silent, and copies after the next start', async () => {
    bucket = await startBucket()
    const silent = await startFileHost()
    silent.answer(() => {})
    try {
      await start({ ...bucket.env, AWS_ENDPOINT_URL: silent.url })
      const id = await completed()
      await eventually(() => expect(silent.requests.some(({ method }) => method === 'PUT')).toBe(true))
      await app.app.stop() // The limit of the test is its bound.
      await app.restart({ env: bucket.env })
      await clock.until(async () => (await output(id))?.kept === true)
    } finally {
      await silent.close()
    }
  })
})
