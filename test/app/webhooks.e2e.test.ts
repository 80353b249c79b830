import { createHmac } from 'node:crypto'
import { request } from 'node:http'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { signWebhook } from '../../sandbox/webhooks.ts'
import { createTestApp, type TestApp, terminal } from '../support/app.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { type PublicProxy, startProxy } from '../support/proxy.ts'

const minute = 60_000
let app: TestApp
let clock: FakeClock
let proxy: PublicProxy
/** Whether writes meet a full disk. */
let full = false

beforeEach(async () => {
  clock = createFakeClock()
  full = false
  proxy = await startProxy()
  app = await createTestApp({
    overrides: {
      clock,
      onStatement(sql) {
        if (full && /^\s*(insert|update)/i.test(sql)) throw new Database.SqliteError('full', 'SQLITE_FULL')
      },
    },
    env: { WAVESPEED_POLL_SECONDS: '5', PUBLIC_URL: proxy.url },
    sandbox: { taskSeconds: 50 },
  })
  proxy.target = app.app.url
})
afterEach(async () => {
  await app.close()
  await proxy.close()
})

const ends = (id: string) => clock.until(async () => terminal(await app.state(id)))
const reaches = (id: string, state: string) => clock.until(async () => (await app.state(id)) === state)

/** A job that the vendor works on, with what the vendor knows of its callback. */
async function running(prompt = '[sandbox:never-finishes]') {
  const id = await app.create(prompt)
  await reaches(id, 'PROCESSING')
  const predictionId = (await app.job(id)).predictionId ?? ''
  const url = app.sandbox.tasks.get(predictionId)?.webhook ?? ''
  return { id, predictionId, url }
}
/** A job that ended by its callback: from then on the gateway knows that callbacks come. */
async function proven() {
  const id = await app.create()
  await ends(id)
  await clock.until(() => app.sandbox.webhooks.deliveries().length > 0)
  return id
}
const secretsAsked = () => app.sandbox.ledger.counts().byOperation.secret

describe('a callback', () => {
  it('ends its job at once, with the outputs', async () => {
    const first = await proven()
    const polls = app.sandbox.ledger.polls((await app.job(first)).predictionId ?? '').length
    const id = await app.create()
    await reaches(id, 'CREATED')
    await clock.until(async () => terminal(await app.state(id)), 1_000)
    const { predictionId, outputs, state } = await app.job(id)
    expect({ state, outputs: outputs.length }).toEqual({ state: 'COMPLETED', outputs: 1 })
    // Looks have become a safety net of one a minute, and the task takes 50 seconds.
    expect(app.sandbox.ledger.polls(predictionId ?? '')).toHaveLength(0)
    expect(polls).toBeGreaterThan(2)
  })

  it('tells of a failure as a look would', async () => {
    await proven()
    const id = await app.create('[sandbox:fail=1402]')
    await ends(id)
    const { predictionId, error } = await app.job(id)
    expect(error?.code).toBe('MEDIA_UNREACHABLE')
    expect(app.sandbox.ledger.polls(predictionId ?? '')).toHaveLength(0)
  })

  it('names the job in an address of its own that nobody can guess', async () => {
    const [one, other] = [await running(), await running()]
    expect(one.url).toMatch(new RegExp(`^${proxy.url}/webhooks/wavespeed/${one.id}/[\\w-]{32}$`))
    expect(other.url.slice(-32)).not.toBe(one.url.slice(-32))
  })

  it('that comes before the answer to the POST is taken, and the answer then changes nothing', async () => {
    app.sandbox.faults.add({ kind: 'slow', ms: 55_000, on: 'submit', after: true, times: 1 })
    const id = await app.create('[sandbox:seconds=10]')
    await ends(id)
    const { state, version, predictionId } = await app.job(id)
    expect(state).toBe('COMPLETED')
    expect(app.sandbox.ledger.polls()).toHaveLength(0)
    await clock.advance(2 * minute)
    expect(await app.job(id)).toMatchObject({ state, version, predictionId })
    expect(app.sandbox.ledger.counts().accepted).toBe(1)
  })

  it('finds a submission whose answer was lost, though the list of the vendor does not', async () => {
    app.sandbox.faults.add({ kind: 'cut-after', on: 'submit', times: 1 })
    app.sandbox.faults.add({ kind: 'server-error', on: 'list' })
    const id = await app.create()
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
    expect(app.sandbox.ledger.counts().accepted).toBe(1)
  })

  it.each([
    ['has completed', '', 'COMPLETED'],
    ['failed', '[sandbox:fail=1402]', 'FAILED'],
  ])(
    'of a job whose answer had said "not taken" proves that it was: it %s, and is not sent again',
    async (_name, directive, state) => {
      app.sandbox.faults.add({ kind: 'envelope-error', code: 429, on: 'submit', after: true, times: 1 })
      const id = await app.create(`[sandbox:seconds=20]${directive}`)
      await reaches(id, 'QUEUED')
      await ends(id)
      expect(await app.state(id)).toBe(state)
      await clock.advance(3 * minute)
      expect(app.sandbox.ledger.submits()).toHaveLength(1)
    },
  )

  it('of a job that had gone back to the queue and goes on is followed by looks', async () => {
    app.sandbox.faults.add({ kind: 'envelope-error', code: 429, on: 'submit', after: true, times: 1 })
    const id = await app.create('[sandbox:seconds=40]')
    await reaches(id, 'QUEUED')
    await clock.until(() => app.sandbox.tasks.all().length === 1)
    const [task] = app.sandbox.tasks.all()
    await app.sandbox.webhooks.deliver(task?.id ?? '')
    expect(await app.state(id)).not.toBe('QUEUED')
    proxy.target = null
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
  })

  it('that comes twice changes nothing the second time, and is answered with 200', async () => {
    const id = await proven()
    const { version, predictionId } = await app.job(id)
    expect(await app.sandbox.webhooks.deliver(predictionId ?? '')).toBe(200)
    expect((await app.job(id)).version).toBe(version)
  })

  it('of a job that was canceled meanwhile is answered with 200 and changes nothing', async () => {
    const { id, predictionId } = await running('x')
    await app.graphql('mutation ($id: ID!) { cancelJob(id: $id) { __typename } }', { id })
    await clock.until(() => app.sandbox.webhooks.deliveries(predictionId).length > 0)
    expect(app.sandbox.webhooks.deliveries(predictionId)).toMatchObject([{ answer: 200 }])
    expect(await app.state(id)).toBe('CANCELED')
  })

  it('of a deleted job is answered with 404', async () => {
    const id = await proven()
    const { predictionId } = await app.job(id)
    await app.graphql('mutation ($id: ID!) { deleteJob(id: $id) { __typename } }', { id })
    expect(await app.sandbox.webhooks.deliver(predictionId ?? '')).toBe(404)
  })

  it('finds its job after a restart of the gateway', async () => {
    const { id } = await running('x')
    await app.restart()
    proxy.target = app.app.url
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
    expect(proxy.requests.map(({ status }) => status)).toContain(200)
  })
})

describe('callbacks that do not come', () => {
  it('are no loss: looks find the end, and go on at their normal pace for the jobs after it', async () => {
    await proven()
    proxy.target = null
    const found = await app.create()
    await ends(found)
    expect(await app.state(found)).toBe('COMPLETED')
    const next = await app.create()
    await ends(next)
    const { predictionId } = await app.job(next)
    expect(app.sandbox.ledger.polls(predictionId ?? '').length).toBeGreaterThan(5)
  })

  it('are waited for again once one has come', async () => {
    await proven()
    proxy.target = null
    await ends(await app.create())
    proxy.target = app.app.url
    await ends(await app.create())
    await clock.until(() => app.sandbox.webhooks.deliveries().at(-1)?.answer === 200)
    const id = await app.create()
    await ends(id)
    expect(app.sandbox.ledger.polls((await app.job(id)).predictionId ?? '')).toHaveLength(0)
  })
})

describe('the secret', () => {
  it('is fetched once, and again when it was changed at the vendor', async () => {
    await proven()
    await ends(await app.create())
    expect(secretsAsked()).toBe(1)
    await clock.advance(minute)
    app.sandbox.webhooks.rotate()
    const id = await app.create()
    await reaches(id, 'CREATED')
    await clock.until(async () => terminal(await app.state(id)), 1_000)
    expect(app.sandbox.ledger.polls((await app.job(id)).predictionId ?? '')).toHaveLength(0)
    expect(secretsAsked()).toBe(2)
  })

  it('is fetched once a minute at the most, however many forged callbacks come', async () => {
    const { predictionId } = await running()
    for (let count = 0; count < 30; count += 1) {
      expect(await app.sandbox.webhooks.deliver(predictionId, { forged: true })).toBe(401)
    }
    expect(secretsAsked()).toBe(1)
  })
})

describe('a callback is not taken', () => {
  const contentType = { 'content-type': 'application/json' }
  interface Honest {
    readonly secret: string
    readonly id: string
    readonly timestamp: number
    readonly body: string
  }
  type Sent = { readonly headers: Record<string, string>; readonly body: string }
  const sent = ({ secret, id, timestamp, body }: Honest, change: Record<string, string> = {}): Sent => ({
    headers: {
      ...contentType,
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signWebhook(secret, id, timestamp, body),
      ...change,
    },
    body,
  })
  const without = (name: string) => (honest: Honest) => {
    const { [name]: _gone, ...headers } = sent(honest).headers
    return { headers, body: honest.body }
  }
  const signature = (rewrite: (hex: string) => string) => (honest: Honest) => {
    const { headers } = sent(honest)
    return sent(honest, { 'webhook-signature': rewrite(headers['webhook-signature']?.slice(3) ?? '') })
  }
  const timestamp = (rewrite: (seconds: number) => string | number) => (honest: Honest) => {
    const text = String(rewrite(honest.timestamp))
    const hmac = createHmac('sha256', honest.secret.replace('whsec_', ''))
    const hex = hmac.update(`${honest.id}.${text}.${honest.body}`).digest('hex')
    return sent(honest, { 'webhook-timestamp': text, 'webhook-signature': `v3,${hex}` })
  }
  const keyed = (key: (secret: string) => string | Buffer) => (honest: Honest) => {
    const text = `${honest.id}.${honest.timestamp}.${honest.body}`
    const hex = createHmac('sha256', key(honest.secret)).update(text).digest('hex')
    return sent(honest, { 'webhook-signature': `v3,${hex}` })
  }
  const altered = (rewrite: (body: string) => string) => (honest: Honest) => ({
    headers: sent(honest).headers,
    body: rewrite(honest.body),
  })
  const signed = (rewrite: (body: string) => string) => (honest: Honest) =>
    sent({ ...honest, body: rewrite(honest.body) })

  /** Each is made from an honest "completed" of the very job it is sent to. */
  const cases: readonly [name: string, status: number, (honest: Honest) => Sent][] = [
    ['without an id', 400, without('webhook-id')],
    ['without a timestamp', 400, without('webhook-timestamp')],
    ['without a signature', 400, without('webhook-signature')],
    ['whose signature says v1', 400, signature((hex) => `v1,${hex}`)],
    ['whose signature has no version', 400, signature((hex) => hex)],
    ['whose signature is in upper case', 400, signature((hex) => `v3,${hex.toUpperCase()}`)],
    ['whose signature is cut', 400, signature((hex) => `v3,${hex.slice(0, 62)}`)],
    ['whose signature has more to it', 400, signature((hex) => `v3,${hex}00`)],
    ['with two signatures, one of them right', 400, signature((hex) => `v3,${'0'.repeat(64)} v3,${hex}`)],
    [
      'whose signature is in base64',
      400,
      signature((hex) => `v3,${Buffer.from(hex, 'hex').toString('base64')}`),
    ],
    ['signed with nothing but zeros', 401, signature(() => `v3,${'0'.repeat(64)}`)],
    ['whose signature differs in one digit', 401, signature((hex) => `v3,${hex.slice(1)}${hex[0]}`)],
    ['signed with another secret', 401, keyed(() => 'another')],
    ['signed with an empty secret', 401, keyed(() => '')],
    ['signed with the prefix of the secret', 401, keyed((secret) => secret)],
    ['signed with the decoded secret', 401, keyed((secret) => Buffer.from(secret.slice(6), 'base64'))],
    ['with another id than was signed', 401, (honest) => sent(honest, { 'webhook-id': `${honest.id}0` })],
    [
      'with another timestamp than was signed',
      401,
      (honest) => sent(honest, { 'webhook-timestamp': String(honest.timestamp - 1) }),
    ],
    ['signed 301 seconds ago', 401, timestamp((seconds) => seconds - 301)],
    ['signed in 301 seconds', 401, timestamp((seconds) => seconds + 301)],
    ['signed at the beginning of time', 401, timestamp(() => 0)],
    ['whose timestamp is in milliseconds', 400, timestamp((seconds) => seconds * 1_000)],
    ['whose timestamp has a fraction', 400, timestamp((seconds) => `${seconds}.5`)],
    ['whose timestamp has a sign', 400, timestamp((seconds) => `+${seconds}`)],
    ['whose body was altered', 401, altered((body) => body.replace('"completed"', '"failed"'))],
    ['whose body was written anew', 401, altered((body) => JSON.stringify(JSON.parse(body), null, 1))],
    ['whose body has a line feed more', 401, altered((body) => `${body}\n`)],
    ['whose body is gone', 401, altered(() => '')],
    ['that is signed but no JSON', 400, signed(() => 'completed')],
    ['that is signed but empty', 400, signed(() => '')],
    ['that is signed but in an envelope', 400, signed((body) => `{"code":200,"data":${body}}`)],
    ['that is signed but a list', 400, signed((body) => `[${body}]`)],
    [
      'that is signed but tells of another prediction',
      409,
      signed((body) => body.replace(/"id":"./, '"id":"x')),
    ],
    ['of more than a megabyte', 413, signed((body) => body + ' '.repeat(1_000_000))],
  ]

  it.each(cases)('%s: HTTP %i, and nothing changes', async (_name, status, make) => {
    const { id, predictionId, url } = await running()
    const task = app.sandbox.tasks.get(predictionId)
    if (!task) throw new Error('the sandbox forgot its task')
    const honest: Honest = {
      secret: app.sandbox.webhooks.secret,
      id: predictionId,
      timestamp: Math.floor(clock.now() / 1_000),
      body: JSON.stringify({ ...app.sandbox.tasks.show(task), status: 'completed' }),
    }
    const before = await app.job(id)
    const answer = await fetch(url, { method: 'POST', ...make(honest) })
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { requestId: expect.any(String) } }] })
    expect(await app.job(id)).toEqual(before)
    // The case is no good if the honest one, from which it was made, would not have got through.
    expect((await fetch(url, { method: 'POST', ...sent(honest) })).status).toBe(200)
    expect(await app.state(id)).toBe('COMPLETED')
  })

  it('at an address that is not exactly that of its job: HTTP 404, before anything of it is read', async () => {
    const [one, other] = [await running(), await running()]
    const token = (url: string) => url.split('/').at(-1) ?? ''
    const own = `${proxy.url}/webhooks/wavespeed/${one.id}`
    const wrong = [
      own,
      `${own}/`,
      `${own}/${token(one.url)}/`,
      `${own}/${token(one.url)}x`,
      `${own}/${token(one.url).slice(0, -1)}`,
      `${own}/${token(other.url)}`,
      `${own}/null`,
      `${own}/x/${token(one.url)}`,
      `${proxy.url}/webhooks/wavespeed/job_unknown/${token(one.url)}`,
      `${proxy.url}/webhooks/wavespeed//${token(one.url)}`,
      `${proxy.url}/webhooks/other/${one.id}/${token(one.url)}`,
    ]
    for (const url of wrong) {
      const answer = await fetch(url, { method: 'POST', body: '{}' })
      expect([url, answer.status]).toEqual([url, 404])
      await answer.body?.cancel()
    }
    expect(secretsAsked()).toBe(0)
    // The answer comes although the body never does.
    const headers = { 'content-length': '1000' }
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      const unsent = request(
        `${own.replace(proxy.url, new URL(app.url).origin)}/wrong`,
        { method: 'POST', headers },
        (response) => {
          resolve(response.statusCode)
          unsent.destroy()
        },
      )
      unsent.on('error', reject)
      unsent.flushHeaders()
    })
    expect(answer).toBe(404)
  })

  it('of a job whose row is broken: HTTP 503, since a person may repair it', async () => {
    const { id, url } = await running()
    const file = new Database(join(app.folder, 'jobs.db'))
    file.prepare("UPDATE jobs SET outputs = '{' WHERE id = ?").run(id)
    file.close()
    const answer = await fetch(url, { method: 'POST', body: '{}' })
    expect(answer.status).toBe(503)
    await answer.body?.cancel()
  })

  it('with a method other than POST: HTTP 405', async () => {
    const { url } = await running()
    const answer = await fetch(url)
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
    await answer.body?.cancel()
  })

  it('while the history cannot be written: HTTP 503, and it counts when it is sent again', async () => {
    const { id, predictionId } = await running('[sandbox:vendor-status=cancelled]')
    full = true
    await clock.advance(minute)
    expect(await app.sandbox.webhooks.deliver(predictionId)).toBe(503)
    full = false
    expect(await app.state(id)).toBe('PROCESSING')
    expect(await app.sandbox.webhooks.deliver(predictionId)).toBe(200)
    expect(await app.state(id)).toBe('FAILED')
  })

  it('when the vendor does not give its secret: HTTP 503, so that it is sent again', async () => {
    app.sandbox.faults.add({ kind: 'server-error', on: 'secret' })
    const { predictionId } = await running()
    const delivered = app.sandbox.webhooks.deliver(predictionId)
    let answer: number | string | undefined
    void delivered.then((it) => {
      answer = it
    })
    await clock.until(() => answer !== undefined)
    expect(answer).toBe(503)
  })
})
