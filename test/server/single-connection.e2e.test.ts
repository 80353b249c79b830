import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './support.ts'

const tokenHeader = 'x-graphql-event-stream-token'
let gateway: TestServer
let token: string
let stream: Response
beforeAll(async () => {
  gateway = await startTestServer()
  token = await (await send('PUT')).text()
  stream = await send('GET', { accept: 'text/event-stream', [tokenHeader]: token })
})
afterAll(async () => {
  await stream.body?.cancel()
  await gateway.server.close()
})

function send(method: string, headers: Record<string, string> = {}, body: string | null = null) {
  return fetch(`${gateway.url}/graphql/stream`, { method, headers, body })
}
const json = { 'content-type': 'application/json' }
const unknown = { [tokenHeader]: 'unknown' }
/** As JSON, on the stream that is open. */
const onStream = () => ({ ...json, [tokenHeader]: token })

test.each([
  ['an operation without a token', 404, () => send('POST', json, '{}')],
  ['an operation on an unknown stream', 404, () => send('POST', { ...json, ...unknown }, '{}')],
  ['the end of an operation on an unknown stream', 404, () => send('DELETE', unknown)],
  ['a method that is not served', 405, () => send('PATCH', onStream())],
  ['a token in another form', 406, () => send('PUT', { accept: 'image/png' })],
  ['an answer in another form', 406, () => send('POST', { ...onStream(), accept: 'image/png' }, '{}')],
  ['a body of an unknown type', 415, () => send('POST', { [tokenHeader]: token }, '<query/>')],
  ['a body that is no JSON', 400, () => send('POST', onStream(), '{"query":')],
  ['a body without a query', 400, () => send('POST', onStream(), '{}')],
  ['an operation without an id', 400, () => send('POST', onStream(), '{"query":"{hello}"}')],
  ['the end of an operation without an id', 400, () => send('DELETE', onStream())],
  ['a second connection to a stream', 409, () => send('GET', { ...onStream(), accept: 'text/event-stream' })],
])('%s is an error with a code and the request id: %i', async (_name, status, ask) => {
  const response = await ask()
  const codes = { 404: 'NOT_FOUND', 405: 'METHOD_NOT_ALLOWED' } as Record<number, string>
  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toContain('application/json')
  if (status === 405) expect(response.headers.get('allow')).toBe('GET, POST, PUT, DELETE')
  expect(await response.json()).toEqual({
    errors: [
      {
        message: expect.stringMatching(/\w/),
        extensions: {
          code: codes[status] ?? 'BAD_REQUEST',
          requestId: response.headers.get('x-request-id'),
        },
      },
    ],
  })
})
