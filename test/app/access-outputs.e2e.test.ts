import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type HistoryName, histories } from '../support/histories.ts'
import { ask, bearer, create, open } from '../support/keyed-app.ts'
import { tenant } from '../support/keys.ts'

interface Output {
  readonly url: string
  readonly kept: boolean
}

/** A gateway with an archive, and an output of the tenant `acme` that is in it. */
async function keep(history: HistoryName = 'SQLite') {
  const folder = mkdtempSync(join(tmpdir(), 'wavespeed-outputs-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const world = await open({
    env: { ARCHIVE_URL: `file:${folder}` },
    sandbox: { taskSeconds: 5 },
    history,
  })
  const { app, clock, make } = world
  const own = await make()
  const id = await create(app, own.secret)
  const output = async () => {
    const query = `{ job(id: "${id}") { outputs { url kept } } }`
    const { job } = await ask<{ job: { outputs: readonly Output[] } }>(app, own.secret, query)
    return job.outputs[0]
  }
  await clock.until(async () => (await output())?.kept === true)
  const url = new URL((await output())?.url ?? '')
  return { ...world, own, id, url, plain: new URL(url.pathname, url).href }
}
const statusesOf = async (url: string | URL, headers: Record<string, string> = {}) => {
  const statuses: number[] = []
  for (const method of ['GET', 'HEAD']) {
    const response = await fetch(url, { method, headers })
    await response.arrayBuffer()
    statuses.push(response.status)
  }
  return statuses
}
/** An answer without what is of its request alone. */
async function answerOf(url: string, headers: Record<string, string> = {}, method = 'GET') {
  const response = await fetch(url, { method, headers })
  const shown = Object.fromEntries(
    [...response.headers].filter(([name]) => !/^(date|x-request-id)$/.test(name)),
  )
  const text = (await response.text()).replace(/"requestId":"[^"]+"/, '')
  return { status: response.status, shown, text }
}

describe.each(histories)('a kept output on %s', (history) => {
  it('plays by its signed address without a header, and by ranges', async () => {
    const { url } = await keep(history)
    expect([...url.searchParams.keys()]).toEqual(['expires', 'signature'])
    expect(await statusesOf(url)).toEqual([200, 200])
    expect(await statusesOf(url, { range: 'bytes=0-9' })).toEqual([206, 206])
    expect((await fetch(url)).headers.get('referrer-policy')).toBe('no-referrer')
  })

  it('is refused alike where its address was changed in whatever way, or is over', async () => {
    const { app, clock, url, own } = await keep(history)
    const changed = (change: (other: URL) => void) => {
      const other = new URL(url)
      change(other)
      return other.href
    }
    const signature = url.searchParams.get('signature') ?? ''
    const forged = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1)
    const later = String(Number(url.searchParams.get('expires')) + 1)
    const addresses = [
      changed((other) => other.searchParams.set('signature', forged)),
      changed((other) => other.searchParams.set('signature', '')),
      changed((other) => other.searchParams.set('expires', later)),
      changed((other) => other.searchParams.delete('expires')),
      changed((other) => {
        other.pathname = other.pathname.replace('/0.', '/1.')
      }),
      changed((other) => {
        other.pathname = other.pathname.replace('.mp4', '.poster.jpg')
      }),
      changed((other) => {
        other.pathname = `/outputs/${'job_00000000000000000000000000'}/0.mp4`
      }),
    ]
    const first = await answerOf(addresses[0] ?? '')
    expect(first).toMatchObject({ status: 403, text: expect.stringContaining('FORBIDDEN') })
    for (const address of addresses) {
      expect(await answerOf(address)).toEqual(first)
      expect(await statusesOf(address)).toEqual([403, 403])
    }
    await clock.advance(75 * 60_000)
    expect(await answerOf(url.href)).toEqual(first)
    const fresh = await ask(app, own.secret, '{ jobs { edges { node { outputs { url } } } } }')
    expect(await statusesOf(/http[^"]+/.exec(JSON.stringify(fresh))?.[0] ?? '')).toEqual([200, 200])
  })

  it('is there for who shows a key of its tenant, and for nobody without one', async () => {
    const { plain, own, make, revoke, clock } = await keep(history)
    expect(await statusesOf(plain, bearer(own.secret))).toEqual([200, 200])
    const [revoked, expired] = [await make(), await make({ lifeMs: 60_000 })]
    await revoke(revoked.key.id)
    await clock.advance(60_000)
    for (const headers of [{}, ...['', 'wrong', 'a.b.c', revoked.secret, expired.secret].map(bearer)])
      expect([headers, await statusesOf(plain, headers)]).toEqual([headers, [401, 401]])
  })

  it("is as unknown to another tenant's key, and to one that may not read jobs", async () => {
    const { plain, id, make } = await keep(history)
    const unknown = plain.replace(id, 'job_00000000000000000000000000')
    const strangers = [
      await make({ tenant: tenant('rival') }),
      await make({ scopes: ['jobs:write', 'uploads:write', 'admin'] }),
    ]
    for (const { secret } of strangers) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await answerOf(plain, bearer(secret), method)
        expect(answer.status).toBe(404)
        expect(answer).toEqual(await answerOf(unknown, bearer(secret), method))
      }
    }
    const { secret } = strangers[0] ?? { secret: '' }
    expect(await statusesOf(plain, { ...bearer(secret), 'if-none-match': '*', range: 'bytes=0-9' })).toEqual([
      404, 404,
    ])
  })
})
