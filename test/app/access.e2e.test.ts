import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createSigningKey, rules, setOf } from '../access/identity-provider.ts'
import type { TestApp } from '../support/app.ts'
import { eventually } from '../support/eventually.ts'
import { ask, bearer, create, open } from '../support/keyed-app.ts'
import { tenant } from '../support/keys.ts'
import { streamProtocols } from '../support/streams.ts'

const second = 1_000
const minute = 60 * second
const follow = (id: string) => `subscription { prediction(jobId: "${id}") { id state } }`

const codesOf = ({ results }: { results: readonly object[] }) =>
  results.flatMap((result) => [...JSON.stringify(result).matchAll(/"code":"(\w+)"/g)].map(([, code]) => code))

describe('a stream of a key that another process revokes', () => {
  it.each(streamProtocols)('ends within thirty seconds, and says why, by %s', async (protocol) => {
    const { app, clock, make, revoke, stream } = await open()
    const [own, other] = [await make(), await make()]
    const id = await create(app, own.secret)
    const ending = stream(protocol, follow(id), bearer(own.secret))
    const lasting = stream(protocol, follow(id), bearer(other.secret))
    await eventually(() => expect([ending.results.length, lasting.results.length]).toEqual([1, 1]))
    await clock.advance(minute)
    expect(codesOf(ending)).toEqual([])
    await revoke(own.key.id)
    await clock.advance(30 * second)
    await ending.ended
    expect(codesOf(ending)).toEqual(['ACCESS_ENDED'])
    expect(codesOf(lasting)).toEqual([])
    if (protocol === 'ws') {
      await eventually(() => expect(ending.closedBy()).toBe(4401))
      expect(lasting.closedBy()).toBeNull()
    }
    await expect(ask(app, own.secret, '{ viewer { name } }')).rejects.toThrow('UNAUTHENTICATED')
    await ask(app, other.secret, '{ viewer { name } }')
  })

  it('ends for who needed no key, too, once there is one', async () => {
    const { app, clock, make, stream } = await open()
    const id = await app.create()
    const ending = stream('sse', follow(id), {})
    await eventually(() => expect(ending.results).toHaveLength(1))
    await make()
    await clock.advance(30 * second)
    await ending.ended
    expect(codesOf(ending)).toEqual(['ACCESS_ENDED'])
  })
})

describe('an identity provider', () => {
  async function signIn() {
    const key = await createSigningKey('own')
    const provider = createServer((_, response) => response.end(setOf(key)))
    provider.listen(0, '127.0.0.1')
    await once(provider, 'listening')
    onTestFinished(() => {
      provider.closeAllConnections()
      provider.close()
    })
    const { port } = provider.address() as AddressInfo
    const world = await open({
      env: {
        AUTH_JWKS_URL: `http://127.0.0.1:${port}/jwks`,
        AUTH_ISSUER: rules.issuer,
        AUTH_AUDIENCE: rules.audience,
      },
    })
    return { ...world, sign: (claims = {}) => key.sign(world.clock.now(), claims) }
  }

  it('says whose jobs they are, and who made them', async () => {
    const { app, sign } = await signIn()
    const [own, rival] = [await sign({ sub: 'ann' }), await sign({ sub: 'bob', tenant: 'rival' })]
    expect(await ask(app, own, '{ viewer { tenant name scopes } }')).toEqual({
      viewer: { tenant: 'acme', name: 'ann', scopes: ['JOBS_READ', 'JOBS_WRITE'] },
    })
    const id = await create(app, own)
    const query = `{ job(id: "${id}") { timeline { message } } }`
    expect(JSON.stringify(await ask(app, own, query))).toContain('Recorded by token ann')
    expect(await ask(app, rival, query)).toEqual({ job: null })
    const reads = await sign({ scope: 'openid' })
    await expect(ask(app, reads, query)).rejects.toThrow('FORBIDDEN')
    const nobody = await fetch(app.url, { headers: { accept: 'application/json' } })
    expect(nobody.status).toBe(401)
  })

  it.each(streamProtocols)('lets a stream go on until its token has ended, by %s', async (protocol) => {
    const { app, clock, sign, stream } = await signIn()
    const token = await sign()
    const ending = stream(protocol, follow(await create(app, token)), bearer(token))
    await eventually(() => expect(ending.results).toHaveLength(1))
    await clock.advance(6 * minute - second)
    expect(codesOf(ending)).toEqual([])
    await clock.advance(31 * second)
    await ending.ended
    expect(codesOf(ending)).toEqual(['ACCESS_ENDED'])
    if (protocol === 'ws') await eventually(() => expect(ending.closedBy()).toBe(4403))
  })
})

describe('a ticket', () => {
  const ticketFor = async (app: TestApp, credential: string, ...ids: readonly string[]) => {
    const make = `createStreamTicket(jobIds: ${JSON.stringify(ids)})`
    const answer = await ask(app, credential, `mutation { ${make} { ... on StreamTicket { ticket } } }`)
    return /wst_[0-9a-f]{64}/.exec(JSON.stringify(answer))?.[0] ?? ''
  }
  /** As an `EventSource` asks: without a header of its own. */
  async function source(app: TestApp, query: string, ticket: string) {
    const url = `${app.url}?${new URLSearchParams({ query, ticket })}`
    const leave = new AbortController()
    onTestFinished(() => leave.abort())
    const response = await fetch(url, { headers: { accept: 'text/event-stream' }, signal: leave.signal })
    if (response.status !== 200) return { status: response.status, text: await response.text() }
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!text.includes('data: {')) text += (await reader?.read())?.value ?? ''
    return { status: response.status, text }
  }

  it('opens a stream of its jobs without a header, once, and nothing else', async () => {
    const { app, make } = await open()
    const { secret } = await make()
    const [id, other] = [await create(app, secret), await create(app, secret)]
    const ticket = await ticketFor(app, secret, id)
    expect(await source(app, follow(id), ticket)).toMatchObject({
      status: 200,
      text: expect.stringContaining(id),
    })
    expect((await source(app, follow(id), ticket)).status).toBe(401)
    const queries = [`{ job(id: "${id}") { id } }`, '{ __typename }', '{ __schema { types { name } } }']
    for (const query of [follow(other), 'subscription { jobs { id } }', ...queries]) {
      const { text } = await source(app, query, await ticketFor(app, secret, id))
      expect([query, text]).toEqual([query, expect.stringContaining('FORBIDDEN')])
    }
  })

  it('opens a WebSocket by its parameters', async () => {
    const { app, make, stream } = await open()
    const { secret } = await make()
    const [id, other] = [await create(app, secret), await create(app, secret)]
    const ticket = await ticketFor(app, secret, id)
    const opened = stream('ws', follow(id), { ticket })
    await eventually(() => expect(JSON.stringify(opened.results)).toContain(id))
    const again = stream('ws', follow(id), { ticket })
    await again.ended
    expect([again.closedBy(), JSON.stringify(again.results)]).toEqual([4403, expect.not.stringContaining(id)])
    const refused = stream('ws', follow(other), { ticket: await ticketFor(app, secret, id) })
    await refused.ended
    expect(codesOf(refused)).toEqual(['FORBIDDEN'])
    const asking = stream('ws', '{ __typename }', { ticket: await ticketFor(app, secret, id) })
    await asking.ended
    expect(codesOf(asking)).toEqual(['FORBIDDEN'])
  })

  it('ends with the key that made it', async () => {
    const { app, clock, make, revoke, stream } = await open()
    const { key, secret } = await make()
    const id = await create(app, secret)
    const opened = stream('ws', follow(id), { ticket: await ticketFor(app, secret, id) })
    const late = await ticketFor(app, secret, id)
    await eventually(() => expect(opened.results).toHaveLength(1))
    await revoke(key.id)
    expect((await source(app, follow(id), late)).status).toBe(401)
    await clock.advance(30 * second)
    await opened.ended
    expect(codesOf(opened)).toEqual(['ACCESS_ENDED'])
  })
})

describe('what another tenant does', () => {
  it('is not told on a stream of all jobs', async () => {
    const { app, clock, make, stream } = await open()
    const [own, rival] = [await make(), await make({ tenant: tenant('rival') })]
    const all = stream('ws', 'subscription { jobs { id state } }', bearer(own.secret))
    const theirs = stream('ws', 'subscription { jobs { id state } }', bearer(rival.secret))
    const foreign = await create(app, rival.secret)
    await clock.advance(10 * second)
    await eventually(() => expect(JSON.stringify(theirs.results)).toContain(foreign))
    // The own one comes after it: what was told before would be there by now.
    const id = await create(app, own.secret)
    await eventually(() => expect(JSON.stringify(all.results)).toContain(id))
    expect(JSON.stringify(all.results)).not.toContain(foreign)
    expect(JSON.stringify(theirs.results)).not.toContain(id)
  })
})

describe('the timeline', () => {
  it('says which key recorded and canceled a job', async () => {
    const { app, make } = await open()
    const [maker, canceler] = [await make(), await make()]
    const id = await create(app, maker.secret)
    await ask(app, canceler.secret, `mutation { cancelJob(id: "${id}") { __typename } }`)
    const timeline = JSON.stringify(
      await ask(app, maker.secret, `{ job(id: "${id}") { timeline { message } } }`),
    )
    expect(timeline).toContain(`Recorded by key ${maker.key.id}`)
    expect(timeline).toContain(`Canceled by key ${canceler.key.id}`)
    for (const { secret } of [maker, canceler]) expect(timeline).not.toContain(secret.slice(12))
  })
})

describe('a file that another program holds for a while', () => {
  it('makes who asks for a key or a ticket wait, and refuses nothing', async () => {
    const { app, make, clock } = await open()
    const { secret } = await make()
    await ask(app, secret, '{ viewer { name } }')
    const { database } = app.config
    const holder = new Database(database.kind === 'sqlite' ? database.file : '')
    onTestFinished(() => void holder.close())
    holder.exec('BEGIN IMMEDIATE')
    const answers = Promise.all([
      ask<Answers>(
        app,
        secret,
        'mutation { made: createAccessKey(name: "k", scopes: [JOBS_READ]) { __typename } }',
      ),
      ask<Answers>(app, secret, 'mutation { made: createStreamTicket { __typename } }'),
    ])
    await clock.advance(1_000)
    holder.exec('COMMIT')
    await clock.advance(1_000)
    const names = (await answers).map(({ made }) => made.__typename)
    expect(names).toEqual(['CreateAccessKeySuccess', 'StreamTicket'])
  })
})

interface Answers {
  readonly made: { readonly __typename: string }
}

describe('the audit log', () => {
  it('tells administrators who did what, from where, with which result, and of no other tenant', async () => {
    const { app, make } = await open()
    const [own, reader, rival] = [
      await make(),
      await make({ scopes: ['jobs:read'] }),
      await make({ tenant: tenant('rival') }),
    ]
    const id = await create(app, own.secret)
    await create(app, rival.secret)
    for (const job of [id, 'job_none'])
      await ask(app, own.secret, `mutation { cancelJob(id: "${job}") { __typename } }`)
    await expect(
      ask(app, reader.secret, `mutation { deleteJob(id: "${id}") { __typename } }`),
    ).rejects.toThrow('FORBIDDEN')
    await ask(app, own.secret, 'mutation { createStreamTicket { __typename } }')
    await ask(app, own.secret, 'mutation { revokeAccessKey(id: "key_none") { __typename } }')
    const read = () =>
      ask<{ auditLog: readonly Record<string, string>[] }>(
        app,
        own.secret,
        '{ auditLog { actor action target address result } }',
      )
    await eventually(async () => expect((await read()).auditLog).toHaveLength(8))
    const { auditLog } = await read()
    const [by, other] = [`key ${own.key.id}`, `key ${reader.key.id}`]
    expect(
      auditLog.map(({ actor, action, target, result }) => [actor, action, target, result]).toReversed(),
    ).toEqual([
      ['a test', 'createAccessKey', own.key.id, 'OK'],
      ['a test', 'createAccessKey', reader.key.id, 'OK'],
      [by, 'createJob', id, 'OK'],
      [by, 'cancelJob', id, 'OK'],
      [by, 'cancelJob', 'job_none', 'JOB_NOT_FOUND'],
      [other, 'deleteJob', null, 'FORBIDDEN'],
      [by, 'createStreamTicket', null, 'OK'],
      [by, 'revokeAccessKey', 'key_none', 'ACCESS_KEY_NOT_FOUND'],
    ])
    expect(new Set(auditLog.slice(0, 6).map(({ address }) => address))).toEqual(new Set(['127.0.0.1']))
  })
})
