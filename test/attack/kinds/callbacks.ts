import { createHmac } from 'node:crypto'
import { signWebhook } from '../../../sandbox/webhooks.ts'
import type { Attack } from '../attack.ts'
import { json, type Sent, send } from '../http.ts'
import type { World } from '../world.ts'

/** A callback that says the running job is over. */
interface Callback {
  readonly world: World
  readonly path: string
  readonly id: string
  readonly timestamp: number
  readonly body: string
}

const signatureOf = ({ world, id, timestamp, body }: Callback) =>
  signWebhook(world.sandbox.webhooks.secret, id, timestamp, body)

const sent = (callback: Callback, signature: string, more: Partial<Callback> = {}): Sent => {
  const { path, id, timestamp, body } = { ...callback, ...more }
  return {
    path,
    headers: [
      json,
      `webhook-id: ${id}`,
      `webhook-timestamp: ${timestamp}`,
      `webhook-signature: ${signature}`,
    ],
    body,
  }
}

const attack = (name: string, make: (callback: Callback) => Sent, answer: Attack['answer']): Attack => ({
  name: `a callback ${name}`,
  send(world) {
    const { prey, sandbox, keyed } = world
    const task = sandbox.tasks.get(prey.predictionId)
    if (!task) throw new Error('the sandbox forgot its task')
    const body = JSON.stringify({ ...sandbox.tasks.show(task), status: 'completed' })
    const timestamp = Math.floor(Date.now() / 1_000)
    const { pathname: path } = new URL(prey.callback)
    return send(keyed, make({ world, path, id: prey.predictionId, timestamp, body }))
  },
  answer,
})

const keyed = (name: string, keyOf: (secret: string) => string) =>
  attack(
    `signed ${name}`,
    (callback) => {
      const text = `${callback.id}.${callback.timestamp}.${callback.body}`
      const hmac = createHmac('sha256', keyOf(callback.world.sandbox.webhooks.secret))
      return sent(callback, `v3,${hmac.update(text).digest('hex')}`)
    },
    '401 WEBHOOK_FORGED',
  )

const aged = (name: string, seconds: number) =>
  attack(
    `signed ${name}`,
    (callback) => {
      const late = { ...callback, timestamp: callback.timestamp + seconds }
      return sent(late, signatureOf(late))
    },
    '401 WEBHOOK_STALE',
  )

export const callbacks = {
  name: 'callbacks',
  attacks: [
    attack(
      'without a signature',
      ({ path, body }) => ({ path, headers: [json], body }),
      '400 WEBHOOK_MALFORMED',
    ),
    attack('with a signature of zeros', (one) => sent(one, `v3,${'0'.repeat(64)}`), '401 WEBHOOK_FORGED'),
    attack(
      'with a signature in capitals',
      (one) => sent(one, signatureOf(one).toUpperCase()),
      '400 WEBHOOK_MALFORMED',
    ),
    attack(
      'with two signatures',
      (one) => sent(one, `v3,${'0'.repeat(64)} ${signatureOf(one)}`),
      '400 WEBHOOK_MALFORMED',
    ),
    keyed('by another secret', () => 'another'),
    keyed('by an empty secret', () => ''),
    keyed('by the prefix of the secret', (secret) => secret),
    aged('301 seconds ago', -301),
    aged('in 301 seconds', 301),
    aged('at the beginning of time', -1_700_000_000),
    attack(
      'with another body',
      (one) => sent(one, signatureOf(one), { body: `${one.body} ` }),
      '401 WEBHOOK_FORGED',
    ),
    attack(
      'with another time',
      (one) => sent(one, signatureOf(one), { timestamp: one.timestamp - 1 }),
      '401 WEBHOOK_FORGED',
    ),
    attack('with another id', (one) => sent(one, signatureOf(one), { id: 'a' }), '401 WEBHOOK_FORGED'),
    attack(
      'that is signed but no JSON',
      (one) => {
        const other = { ...one, body: '{' }
        return sent(other, signatureOf(other))
      },
      '400 WEBHOOK_UNREADABLE',
    ),
    attack(
      'that is signed but of another prediction',
      (one) => {
        const other = { ...one, body: one.body.replace(/"id":"./, '"id":"x') }
        return sent(other, signatureOf(other))
      },
      '409 WEBHOOK_OTHER_PREDICTION',
    ),
    attack(
      'of more than 1 MB',
      (one) => sent(one, signatureOf(one), { body: 'a'.repeat(1_000_001) }),
      '413 BODY_TOO_LARGE',
    ),
    attack(
      'that is compressed',
      (one) => {
        const right = sent(one, signatureOf(one))
        return { ...right, headers: [...(right.headers ?? []), 'content-encoding: gzip'] }
      },
      '415 CONTENT_ENCODING_NOT_SUPPORTED',
    ),
    attack(
      'with a guessed token',
      (one) => sent(one, signatureOf(one), { path: one.path.replace(/.{32}$/, 'A'.repeat(32)) }),
      '404 NOT_FOUND',
    ),
    attack(
      'with no token',
      (one) => sent(one, signatureOf(one), { path: one.path.replace(/[^/]+$/, '') }),
      '404 NOT_FOUND',
    ),
    attack(
      'with the token in the query',
      (one) => sent(one, signatureOf(one), { path: one.path.replace(/([^/]+)$/, '?token=$1') }),
      '404 NOT_FOUND',
    ),
    attack(
      'with the token of another job',
      (one) =>
        sent(one, signatureOf(one), { path: one.path.replace(one.world.prey.running, one.world.prey.done) }),
      '404 NOT_FOUND',
    ),
    attack(
      'for a job that never was',
      (one) => sent(one, signatureOf(one), { path: '/webhooks/wavespeed/a/b' }),
      '404 NOT_FOUND',
    ),
    attack('by GET', ({ path }) => ({ method: 'GET', path }), '405 METHOD_NOT_ALLOWED'),
  ] satisfies Attack[],
}
