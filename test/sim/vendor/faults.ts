import type { Random } from '../../support/random.ts'
import { type Answer, apiKey, envelope, json, type Route, refusal } from './api.ts'

/** What goes wrong with one exchange. `done`: the vendor has done what was asked, though nobody is told so. */
export type Fault =
  /** No connection: nothing was sent. */
  | { readonly kind: 'refused'; readonly name: string }
  /** The connection breaks before the answer. */
  | { readonly kind: 'broken'; readonly name: string; readonly done: boolean }
  /** No answer comes before the client's time is up. */
  | { readonly kind: 'silent'; readonly name: string; readonly done: boolean }
  /** Another answer comes in the place of the right one. */
  | { readonly kind: 'instead'; readonly name: string; readonly done: boolean; readonly answer: Answer }
  /** The right answer, with members of forms that nobody documented. */
  | { readonly kind: 'odd'; readonly name: string }
  /** The right answer, of another prediction. */
  | { readonly kind: 'otherId'; readonly name: string }
  /** The right answer, just in time. */
  | { readonly kind: 'late'; readonly name: string }
  /** The request arrives when nobody waits for its answer any more. */
  | { readonly kind: 'overdue'; readonly name: string }

/** What the vendor as a whole does for a while. */
export type Weather =
  | 'fine'
  | 'refusing'
  | 'silent'
  | 'unavailable'
  | 'portal'
  | 'garbled'
  | 'key'
  | 'credits'
  | 'model'

const page = (status: number, headers?: Answer['headers']): Answer => ({
  status,
  body: '<html><body>Something went wrong.</body></html>',
  headers: { 'content-type': 'text/html', ...headers },
})

const instead = (name: string, answer: Answer, done = false): Fault => ({
  kind: 'instead',
  name,
  done,
  answer,
})

/** Words of a vendor that quotes the key it was given, at length. */
const loud = `${apiKey} is not a valid key ${'x'.repeat(600)}`

/** Answers that say surely that nothing was made; for a question they are an answer that did not come. */
const refusals: readonly (() => Fault)[] = [
  () => instead('429', refusal(429, 'too many requests')),
  () => instead('429 html', page(429)),
  () => instead('429 envelope', json(200, { code: 429, message: 'slow down' })),
  () => instead('401', refusal(401, loud)),
  () => instead('402', refusal(402, 'no credits')),
  () => instead('403', refusal(403, 'suspended')),
  () => instead('404 html', page(404)),
  () => instead('405', page(405)),
  () => instead('400 html', page(400)),
  () => instead('1402', json(200, { code: 1402, message: 'the clip cannot be had' })),
  () => instead('1407', json(200, { code: 1407, message: 'no credits' })),
]

/** Answers from which nobody can tell whether it was done. */
const riddles: readonly ((done: boolean) => Fault)[] = [
  (done) => instead('500', refusal(500, 'internal'), done),
  (done) => instead('502 html', page(502), done),
  (done) => instead('503', refusal(503, 'unavailable'), done),
  (done) => instead('504', page(504), done),
  (done) => instead('408', refusal(408, 'request timeout'), done),
  (done) => instead('302', page(302, { location: 'https://login.test/' }), done),
  (done) => instead('envelope 500', json(200, { code: 500, message: loud }), done),
  (done) => instead('envelope 5000', json(200, { code: 5000, message: 'internal' }), done),
  (done) => instead('html', page(200), done),
  (done) => instead('cut', { status: 200, body: '{"code":200,"data":{"id":"' }, done),
  (done) => instead('empty', { status: 200, body: '' }, done),
  (done) => instead('no data', json(200, { code: 200, message: 'success', data: null }), done),
  (done) => instead('no id', envelope({ status: 'completed' }), done),
  (done) => instead('list', json(200, [1, 2, 3]), done),
]

const pauses: readonly [string, ...string[]] = [
  '1',
  '7',
  '0',
  '200',
  '99999999',
  'soon',
  'Thu, 01 Jan 2026 00:05:00 GMT',
]

/** The fault of one exchange, if it has one. */
export function drawFault(random: Random, route: Route, share: number): Fault | null {
  if (!random.chance(share)) return null
  const done = random.chance(0.5)
  const riddle = random.one(riddles as [(done: boolean) => Fault])(done)
  switch (random.whole(0, route === 'result' ? 9 : 7)) {
    case 0:
      return { kind: 'refused', name: 'refused' }
    case 1:
      return { kind: 'broken', name: 'broken', done }
    case 2:
      return { kind: 'silent', name: 'silent', done }
    case 3:
      return random.chance(0.5) ? { kind: 'late', name: 'late' } : { kind: 'overdue', name: 'overdue' }
    case 4:
      return { kind: 'odd', name: 'odd' }
    case 5:
      return withPause(random, random.one(refusals as [() => Fault])())
    case 6:
    case 7:
      return withPause(random, riddle)
    case 8:
      return instead('404', refusal(404, 'task not found'))
    default:
      return { kind: 'otherId', name: 'other id' }
  }
}

/** Refusals and faults of servers carry a `Retry-After`, now and then, of any form. */
function withPause(random: Random, fault: Fault): Fault {
  if (fault.kind !== 'instead' || !/^(429|503)/.test(fault.name) || !random.chance(0.5)) return fault
  const headers = { ...fault.answer.headers, 'retry-after': random.one(pauses) }
  return { ...fault, answer: { ...fault.answer, headers } }
}

/** What the weather makes of an exchange. */
export function faultOfWeather(random: Random, weather: Weather, route: Route): Fault | null {
  const done = random.chance(0.5)
  switch (weather) {
    case 'fine':
      return null
    case 'refusing':
      return { kind: 'refused', name: 'away' }
    case 'silent':
      return { kind: 'silent', name: 'away', done: done && route === 'submit' }
    case 'unavailable':
      return instead('away', refusal(503, 'unavailable'))
    case 'portal':
      return instead('away', page(302, { location: 'https://login.test/' }))
    case 'garbled':
      return instead('garbled', page(200), done)
    case 'key':
      return instead('key', refusal(401, loud))
    case 'credits':
      return route === 'submit' ? instead('credits', refusal(402, 'no credits')) : null
    case 'model':
      return route === 'submit' ? instead('model', refusal(404, 'no such model')) : null
  }
}

/** Whether the vendor is as good as not there. */
export const isAway = (weather: Weather): boolean =>
  weather === 'refusing' || weather === 'silent' || weather === 'unavailable' || weather === 'portal'

/** The same answer with optional members in other forms than the document's; id, status and outputs can still be read. */
export function oddly(random: Random, answer: Answer): Answer {
  let body: unknown
  try {
    body = JSON.parse(answer.body)
  } catch {
    return answer
  }
  if (typeof body !== 'object' || body === null || !('data' in body)) return answer
  const data = body.data
  if (typeof data !== 'object' || data === null || !('status' in data)) return answer
  const prediction = data as Record<string, unknown>
  const outputs = prediction['outputs']
  const odd: Record<string, unknown> = {
    ...prediction,
    created_at: random.one<unknown>([null, 1_767_225_600, 'yesterday', {}]),
    has_nsfw_contents: random.one<unknown>([true, null, 'no', [null]]),
    timings: random.one<unknown>([null, 'fast', { inference: '61000' }]),
    error: random.one<unknown>([null, { message: 'gone wrong' }, '']),
    status: random.one([String(prediction['status']), String(prediction['status']).toUpperCase()]),
    outputs: random.one<unknown>([
      outputs,
      Array.isArray(outputs) ? outputs.map((url) => ({ url, kind: 'video' })) : outputs,
    ]),
    unheard: { of: ['anything'] },
  }
  return { ...answer, body: JSON.stringify({ ...body, code: random.one<unknown>([200, '200']), data: odd }) }
}
