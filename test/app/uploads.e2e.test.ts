import { describe, expect, it } from 'vitest'
import { until } from '../server/support.ts'
import { start } from '../support/clocked-app.ts'
import { histories } from '../support/histories.ts'
import { ask, bearer, create, open, openKeeping } from '../support/keyed-app.ts'
import { tenant } from '../support/keys.ts'
import { begin, clip, codeOf, hashOf, longClip, operationsOf, upload } from '../support/uploads.ts'

const at = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer())

describe.each(histories)('an upload, on %s,', (history) => {
  it('goes to the vendor as it is, and its id makes a job', async () => {
    const world = await start({ history, sandbox: { taskSeconds: 5 } })
    const { app } = world
    const named = { 'x-file-name': encodeURIComponent('C:\\clips\\mein Fuchs.mp4') }
    const { status, body } = await upload(app.url, clip, named)
    expect([status, body]).toEqual([
      201,
      {
        id: expect.stringMatching(/^upl_[0-9a-z]{26}$/),
        url: expect.stringMatching(/^http.+\/uploads\/.+$/),
        filename: 'mein Fuchs.mp4',
        contentType: 'video/mp4',
        size: clip.length,
        sha256: hashOf(clip),
        expiresAt: new Date(world.clock.now() + 7 * 86_400_000).toISOString(),
        reused: false,
      },
    ])
    expect((await at(body.url)).equals(clip)).toBe(true)
    expect(operationsOf(world.app)).toEqual(['ticket 200', 'put 200'])

    const id = await app.create('a fox', { video: body.id })
    await world.ends(id)
    const query = `{ job(id: "${id}") { state input { ... on V2VLoraParameters { video } } source { url kept expiresAt } } }`
    const expiresAt = body['expiresAt']
    expect(await app.graphql(query)).toEqual({
      job: {
        state: 'COMPLETED',
        input: { video: body.url },
        source: { url: body.url, kept: false, expiresAt },
      },
    })
    const fields = '{ id url filename contentType size sha256 kept createdAt expiresAt }'
    const { upload: one, uploads } = await app.graphql<Record<string, never>>(
      `{ upload(id: "${body.id}") ${fields} uploads { edges { node ${fields} } pageInfo { hasNextPage } } }`,
    )
    expect(one).toMatchObject({
      id: body.id,
      filename: 'mein Fuchs.mp4',
      size: clip.length,
      sha256: hashOf(clip),
    })
    expect(uploads).toEqual({ edges: [{ node: one }], pageInfo: { hasNextPage: false } })
    for (const forged of ['%%%', 'YQA', Buffer.from(id).toString('base64url')]) {
      const page = app.graphql(`{ uploads(after: "${forged}") { edges { cursor } } }`)
      await expect(page).rejects.toThrow('`after` is no cursor')
    }
  })

  it('of a clip that the vendor has is answered before its bytes, if their hash is sent', async () => {
    const world = await start({ history })
    const { app } = world
    const hash = { 'x-content-sha256': hashOf(clip) }
    const first = await upload(app.url, clip)
    const again = begin(app.url, {
      ...hash,
      'content-type': 'video/mp4',
      'content-length': clip.length,
      expect: '100-continue',
    })
    let asked = false
    again.request.once('continue', () => {
      asked = true
    })
    const { status, body } = await again.answer
    again.request.destroy()
    expect([status, body.id, body.reused, asked]).toEqual([200, first.body.id, true, false])
    // Without it, it is sent.
    expect((await upload(app.url, clip)).body.reused).toBe(false)
    expect(operationsOf(world.app)).toEqual(Array(2).fill(['ticket 200', 'put 200']).flat())
  })

  it('is of its tenant alone', async () => {
    const { app, make } = await open({ history })
    const [own, rival] = [await make(), await make({ tenant: tenant('rival') })]
    const { body } = await upload(app.url, clip, bearer(own.secret))
    const hash = { 'x-content-sha256': hashOf(clip) }
    expect((await upload(app.url, clip, { ...hash, ...bearer(own.secret) })).body.reused).toBe(true)
    expect((await upload(app.url, clip, { ...hash, ...bearer(rival.secret) })).body.reused).toBe(false)
    const create = (id: string) => `mutation { createV2VLoraJob(input: { video: "${id}", prompt: "a fox" }) {
      __typename ... on InvalidInputError { issues { path message } } } }`
    const foreign = await ask<Record<string, never>>(app, rival.secret, create(body.id))
    const unknown = 'upl_00000000000000000000000000'
    const none = await ask<Record<string, never>>(app, rival.secret, create(unknown))
    expect(JSON.stringify(foreign).replaceAll(body.id, unknown)).toBe(JSON.stringify(none))
    expect(none).toEqual({
      createV2VLoraJob: {
        __typename: 'InvalidInputError',
        issues: [{ path: 'video', message: `video names no upload: there is none with the id ${unknown}.` }],
      },
    })
    expect(await ask(app, rival.secret, `{ upload(id: "${body.id}") { id } }`)).toEqual({ upload: null })
    const made = await ask<Record<string, never>>(app, own.secret, create(body.id))
    expect(made).toEqual({ createV2VLoraJob: { __typename: 'CreateV2VLoraJobSuccess' } })
  })

  it('counts, as many as a tenant may send in a day', async () => {
    const { app, make } = await open({ history, env: { TENANT_UPLOADS_PER_DAY: '2' } })
    const key = bearer((await make()).secret)
    for (let sent = 0; sent < 2; sent += 1) await upload(app.url, clip, key)
    const refused = await upload(app.url, clip, key)
    expect([codeOf(refused), refused.headers['retry-after']]).toEqual(['429 RATE_LIMITED', '86400'])
    // What is answered by an earlier one is none.
    expect((await upload(app.url, clip, { ...key, 'x-content-sha256': hashOf(clip) })).body.reused).toBe(true)
  })
})

it('an upload is sent again once the vendor keeps it for less than a day', async () => {
  const { app, clock } = await start()
  const hash = { 'x-content-sha256': hashOf(clip) }
  const { body } = await upload(app.url, clip, hash)
  await clock.advance(5.5 * 86_400_000)
  expect((await upload(app.url, clip, hash)).body).toMatchObject({ id: body.id, reused: true })
  await clock.advance(86_400_000)
  expect((await upload(app.url, clip, hash)).body.reused).toBe(false)
})

it('a vendor without tickets gets the documented form', async () => {
  const world = await start()
  world.app.sandbox.faults.add({ kind: 'server-error', status: 404, on: 'ticket' })
  const bytes = longClip(700_000)
  const { status, body } = await upload(world.app.url, bytes, { 'x-file-name': '%22a%22.mp4' })
  expect([status, body['filename']]).toEqual([201, '"a".mp4'])
  expect((await at(body.url)).equals(bytes)).toBe(true)
  expect(operationsOf(world.app)).toEqual(['ticket 404', 'upload 200'])
})

it('a slow vendor slows the sender down, and neither is cut off', async () => {
  const world = await start()
  const bytes = longClip(12_000_000)
  world.app.sandbox.faults.add({ kind: 'slow-read', bytesPerSecond: 100_000, on: 'put' })
  const { request, answer } = begin(world.app.url, {
    'content-type': 'video/mp4',
    'content-length': bytes.length,
  })
  let sent = false
  request.end(bytes, () => {
    sent = true
  })
  let done = false
  const answered = answer.then(({ status }) => {
    done = true
    return status
  })
  await until(() => operationsOf(world.app).includes('put open'))
  const began = world.clock.now()
  await world.clock.until(() => done, 250)
  expect(await answered).toBe(201)
  expect(world.clock.now() - began).toBeGreaterThan(100_000)
  expect(sent).toBe(true)
})

describe('a clip that is kept', () => {
  it('is the source of its jobs also when the vendor has dropped it, for its tenant', async () => {
    const { app, clock, make, files } = await openKeeping()
    const [own, rival] = [await make(), await make({ tenant: tenant('rival') })]
    const { body } = await upload(app.url, clip, bearer(own.secret))
    expect(files()).toEqual([body.id, `${body.id}/0.mp4`])
    const create = `mutation { createV2VLoraJob(input: { video: "${body.id}", prompt: "a fox" }) {
      ... on CreateV2VLoraJobSuccess { job { id source { url kept expiresAt } } } } }`
    const { createV2VLoraJob: made } = await ask<{
      createV2VLoraJob: { job: { id: string; source: { url: string } } }
    }>(app, own.secret, create)
    const { url } = made.job.source
    expect(made.job.source).toEqual({
      url: expect.stringContaining(`/outputs/${body.id}/0.mp4?`),
      kept: true,
      expiresAt: null,
    })
    expect((await at(url)).equals(clip)).toBe(true)
    const plain = url.replace(/\?.*/, '')
    expect((await fetch(plain, { headers: bearer(own.secret) })).status).toBe(200)
    expect((await fetch(plain, { headers: bearer(rival.secret) })).status).toBe(404)
    await clock.advance(8 * 86_400_000)
    const source = `{ job(id: "${made.job.id}") { source { url kept } } }`
    const { job } = await ask<{ job: { source: { url: string } } }>(app, own.secret, source)
    expect((await at(job.source.url)).equals(clip)).toBe(true)
    // A new job cannot be made of it.
    expect(
      JSON.stringify(await ask(app, own.secret, create.replace('{ ... on', '{ __typename ... on'))),
    ).not.toContain('job_')
  })

  it('is wanted again where a job is tried again after the vendor has dropped it', async () => {
    const { app, clock, make } = await openKeeping()
    const { secret } = await make()
    const { body } = await upload(app.url, clip, bearer(secret))
    const id = await create(app, secret, { video: body.id, prompt: '[sandbox:fail]' })
    const stateOf = () => ask<{ job: { state: string } }>(app, secret, `{ job(id: "${id}") { state } }`)
    await clock.until(async () => (await stateOf()).job.state === 'FAILED')
    const retry = `mutation { retryJob(id: "${id}") { __typename ... on InvalidInputError { issues { path message } } } }`
    expect(await ask(app, secret, retry)).toEqual({ retryJob: { __typename: 'RetryJobSuccess' } })
    await clock.advance(7 * 86_400_000)
    expect(await ask(app, secret, retry)).toEqual({
      retryJob: {
        __typename: 'InvalidInputError',
        issues: [{ path: 'video', message: expect.stringContaining('the vendor has dropped') }],
      },
    })
  })

  it('is not kept where the upload fails', async () => {
    const { app, make, files } = await openKeeping()
    app.sandbox.faults.add({ kind: 'server-error', status: 500, on: 'put' })
    const key = bearer((await make()).secret)
    expect(codeOf(await upload(app.url, longClip(3_000_000), key))).toBe('502 VENDOR_UNAVAILABLE')
    expect(files()).toEqual([])
  })
})

it('so many of a tenant go at once, and no more', async () => {
  const world = await start()
  const begun = Array.from({ length: 8 }, () => {
    const sending = begin(world.app.url, { 'content-type': 'video/mp4', 'content-length': 1_000_000 })
    sending.request.on('error', () => {}).write(longClip(10_000))
    return sending
  })
  await until(() => operationsOf(world.app).filter((one) => one === 'put open').length === 8)
  const refused = await upload(world.app.url, clip)
  expect([codeOf(refused), refused.headers['retry-after']]).toEqual(['429 TOO_MANY_UPLOADS', '10'])
  for (const { request } of begun) request.destroy()
  await until(() => operationsOf(world.app).filter((one) => one === 'put gone').length === 8)
  expect((await upload(world.app.url, clip)).status).toBe(201)
})
