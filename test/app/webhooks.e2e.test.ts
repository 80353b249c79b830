import { createHmac } from 'node:crypto'
import { request } from 'node:http'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { signWebhook } from '../../sandbox/webhooks.ts'
import { startCalledBack } from '../support/called-back.ts'
import { histories } from '../support/histories.ts'

const minute = 60_000

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
    const { app, clock, running } = await startCalledBack()
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

  it('of a job whose row is broken: HTTP 503, since a person may repair it', async () => {
    const { app, running } = await startCalledBack()
    const { id, url } = await running()
    const file = new Database(join(app.folder, 'jobs.db'))
    file.pragma('ignore_check_constraints = ON')
    file.prepare("UPDATE jobs SET outputs = '{' WHERE id = ?").run(id)
    file.close()
    const answer = await fetch(url, { method: 'POST', body: '{}' })
    expect(answer.status).toBe(503)
    await answer.body?.cancel()
  })

  it('with a method other than POST: HTTP 405', async () => {
    const { running } = await startCalledBack()
    const { url } = await running()
    const answer = await fetch(url)
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
    await answer.body?.cancel()
  })

  it('with a compressed body: HTTP 415, by name', async () => {
    const { app, running } = await startCalledBack()
    const { id, url } = await running()
    for (const encoding of ['gzip', 'BR', 'identity, zstd']) {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-encoding': encoding },
        body: '{}',
      })
      expect(answer.status).toBe(415)
      expect(await answer.json()).toMatchObject({
        errors: [{ extensions: { code: 'CONTENT_ENCODING_NOT_SUPPORTED' } }],
      })
    }
    expect(await app.state(id)).toBe('PROCESSING')
  })
})

describe.each(histories)('on %s a callback is not taken', (history) => {
  it('that is forged: HTTP 401, nothing changes, and the honest one gets through', async () => {
    const { app, running } = await startCalledBack(history)
    const { id, predictionId } = await running('[sandbox:vendor-status=cancelled]')
    const before = await app.job(id)
    expect(await app.sandbox.webhooks.deliver(predictionId, { forged: true })).toBe(401)
    expect(await app.job(id)).toEqual(before)
    expect(await app.sandbox.webhooks.deliver(predictionId)).toBe(200)
  })

  it('at an address that is not exactly that of its job: HTTP 404, before anything of it is read', async () => {
    const { app, proxy, running, secretsAsked } = await startCalledBack(history)
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

  it('while the history cannot be had: HTTP 503, and it counts when it is sent again', async () => {
    const { app, clock, breakHistory, running } = await startCalledBack(history)
    const { id, predictionId } = await running('[sandbox:vendor-status=cancelled]')
    breakHistory(true)
    await clock.advance(minute)
    expect(await app.sandbox.webhooks.deliver(predictionId)).toBe(503)
    breakHistory(false)
    expect(await app.state(id)).toBe('PROCESSING')
    expect(await app.sandbox.webhooks.deliver(predictionId)).toBe(200)
    expect(await app.state(id)).toBe('FAILED')
  })

  it('when the vendor does not give its secret: HTTP 503, so that it is sent again', async () => {
    const { app, clock, running } = await startCalledBack(history)
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
