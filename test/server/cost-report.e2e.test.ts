import { buildSchema } from 'graphql'
import { describe, expect, it, onTestFinished } from 'vitest'
import { maxCost, maxEventCost } from '../../src/server/cost.ts'
import { events, everyProtocol, json, send } from './every-protocol.ts'
import { startTestServer } from './support.ts'

async function start(overrides: Parameters<typeof startTestServer>[0] = {}) {
  const server = await startTestServer(overrides)
  onTestFinished(() => server.server.close())
  return server
}

const asked = { extensions: { cost: true } }
const three = '{ hello requestId expected }'

describe.each(Object.entries(everyProtocol))('by %s', (_, ask) => {
  it('an answer says what it cost where the request asks for it, and only there', async () => {
    const server = await start()
    const { extensions } = await ask(server, { query: three, ...asked })
    expect(extensions).toEqual({ cost: { requested: 3, limit: maxCost } })
    for (const others of [{}, { extensions: {} }, { extensions: { cost: 'true' } }]) {
      const answer = await ask(server, { query: three, ...others })
      expect([answer.data !== undefined, answer.extensions]).toEqual([true, undefined])
    }
  })

  it('an operation that is refused for its cost says what it would have been', async () => {
    const server = await start({
      schema: buildSchema('type One { id: ID } type Query { many(ids: [ID]): [One] }'),
    })
    const fields = Array.from({ length: 17 }, (_, index) => `a${index}: many(ids: $ids) { id }`).join(' ')
    const variables = { ids: Array(1_000).fill('1') }
    const answer = await ask(server, { query: `query ($ids: [ID]) { ${fields} }`, variables, ...asked })
    expect(answer.errors?.[0]?.extensions.code).toBe('QUERY_TOO_EXPENSIVE')
    expect(answer.extensions).toEqual({ cost: { requested: 34_017, limit: maxCost } })
  })
})

describe.each(Object.entries(everyProtocol).filter(([name]) => name !== 'POST' && name !== 'GET'))(
  'a subscription by %s',
  (_, ask) => {
    it('says with an event what each of them costs', async () => {
      const server = await start()
      const answer = await ask(server, { query: 'subscription { broken }', ...asked })
      expect(answer).toEqual({
        data: { broken: 1 },
        extensions: { cost: { requested: 1, limit: maxEventCost } },
      })
      const silent = await ask(server, { query: 'subscription { broken }' })
      expect(silent).toEqual({ data: { broken: 1 } })
    })
  },
)

it('a header asks for it as well, over HTTP and for streams', async () => {
  const server = await start()
  const url = `${server.url}/graphql`
  for (const method of ['GET', 'POST']) {
    for (const accept of [json, events]) {
      const text = async (headers: Record<string, string>) =>
        (await send(url, method, { query: '{ hello }' }, { accept, ...headers })).text()
      const cost = `"cost":{"requested":1,"limit":${maxCost}}`
      expect(await text({ 'x-graphql-cost': '1' })).toContain(cost)
      expect(await text({ 'x-graphql-cost': '0' })).not.toContain('cost')
    }
  }
})

it('a mutation says what it cost', async () => {
  const server = await start()
  const answer = await everyProtocol['POST']?.(server, { query: 'mutation { pay }', ...asked })
  expect(answer).toEqual({ data: { pay: 1 }, extensions: { cost: { requested: 1, limit: maxCost } } })
})
