import { createLocalJWKSet } from 'jose'
import { describe, expect, it } from 'vitest'
import { UnauthenticatedError } from '../../src/access/error.ts'
import { scopes } from '../../src/access/viewer.ts'
import { HistoryUnavailableError } from '../../src/jobs/history-error.ts'
import { localTenant } from '../../src/jobs/tenant.ts'
import { tenant } from '../support/keys.ts'
import { createSigningKey, rules, setOf } from './identity-provider.ts'
import { minute, second, useAccess } from './support.ts'

const used = useAccess()
const refused = expect.any(UnauthenticatedError)

describe('who shows nothing', () => {
  it('is let in where everybody is, which asks nothing of the store', async () => {
    expect(await used.open({ withoutKey: 'always' }).identify(null)).toEqual({
      tenant: localTenant,
      kind: 'local',
      id: 'local',
      name: expect.any(String),
      scopes: new Set(scopes),
      expiresAt: null,
    })
    expect(used.asks()).toEqual([])
  })

  it('is nobody where a key is needed, which asks nothing of the store', async () => {
    expect(await used.answerTo(null)).toEqual(refused)
    expect(used.asks()).toEqual([])
  })

  it('is let in until there is a key, which is noticed within ten seconds', async () => {
    const local = used.open({ withoutKey: 'unless-keys-exist' })
    expect(await local.identify(null)).toMatchObject({ kind: 'local' })
    used.asks()
    await used.make()
    expect(await local.identify(null)).toMatchObject({ kind: 'local' })
    expect(used.asks()).toEqual([])
    await used.clock.advance(10 * second)
    expect(await used.answerTo(null, local)).toEqual(refused)
  })

  it('stays out once there was a key, also a revoked one, and nobody asks again', async () => {
    const { key } = await used.make()
    await used.revoke(key.id)
    const local = used.open({ withoutKey: 'unless-keys-exist' })
    expect(await used.answerTo(null, local)).toEqual(refused)
    await used.clock.advance(minute)
    used.asks()
    expect(await used.answerTo(null, local)).toEqual(refused)
    expect(used.asks()).toEqual([])
  })

  it('is not let in because the store is away', async () => {
    const local = used.open({ withoutKey: 'unless-keys-exist' })
    used.away(true)
    expect(await used.answerTo(null, local)).toEqual(expect.any(HistoryUnavailableError))
  })
})

describe('who shows a key', () => {
  it('is whom it was made for, and may do what it says', async () => {
    const { key, secret } = await used.make({ scopes: ['jobs:read', 'admin'], name: 'ci', lifeMs: minute })
    expect(await used.access.identify(secret)).toEqual({
      tenant: tenant('acme'),
      kind: 'key',
      id: key.id,
      name: 'ci',
      scopes: new Set(['jobs:read', 'admin']),
      expiresAt: used.clock.now() + minute,
    })
  })

  it('that is mistyped, or something else, is nobody, which asks nothing of the store', async () => {
    const { secret } = await used.make()
    used.asks()
    const mistyped = secret.slice(0, -1) + (secret.endsWith('a') ? 'b' : 'a')
    for (const text of ['', mistyped, secret.toUpperCase(), `${secret} `, 'a.b.c', `wst_${'0'.repeat(63)}`])
      expect(await used.answerTo(text), text).toEqual(refused)
    expect(used.asks()).toEqual([])
  })

  it('that is unknown, revoked or expired is told one and the same', async () => {
    const [revoked, expired] = [await used.make(), await used.make({ lifeMs: minute })]
    const { secret: unknown } = await used.madeUp()
    await used.revoke(revoked.key.id)
    await used.clock.advance(minute)
    const errors: unknown[] = []
    for (const secret of [unknown, revoked.secret, expired.secret, 'nothing of ours'])
      errors.push(await used.answerTo(secret))
    for (const error of errors) {
      expect(error).toEqual(refused)
      const { message, code, cause } = error as UnauthenticatedError
      const { message: first } = errors[0] as UnauthenticatedError
      expect([message, code, cause]).toEqual([first, 'UNAUTHENTICATED', undefined])
    }
  })

  it('is believed for ten seconds, known or not, and read again then', async () => {
    const { secret } = await used.make()
    const { secret: unknown } = await used.madeUp()
    used.asks()
    const both = async () => {
      await used.access.identify(secret)
      await used.answerTo(unknown)
    }
    await both()
    expect(used.asks()).toEqual(['keyOfHash', 'keyOfHash'])
    await used.clock.advance(10 * second - 1)
    await both()
    expect(used.asks()).toEqual([])
    await used.clock.advance(1)
    used.asks()
    await both()
    expect(used.asks()).toEqual(['keyOfHash', 'keyOfHash'])
  })

  it('is nobody ten seconds after it was revoked, at the latest', async () => {
    const { key, secret } = await used.make()
    await used.access.identify(secret)
    await used.revoke(key.id)
    await used.clock.advance(10 * second)
    expect(await used.answerTo(secret)).toEqual(refused)
  })

  it('is nobody from the moment on at which it expires, believed or not', async () => {
    const { secret } = await used.make({ lifeMs: minute })
    await used.clock.advance(minute - 1)
    await used.access.identify(secret)
    await used.clock.advance(1)
    expect(await used.answerTo(secret)).toEqual(refused)
  })

  it('is told that the store is away, and is let in when it is back', async () => {
    const { secret } = await used.make()
    used.away(true)
    expect(await used.answerTo(secret)).toEqual(expect.any(HistoryUnavailableError))
    used.away(false)
    expect(await used.access.identify(secret)).toMatchObject({ kind: 'key' })
  })

  it('needs it also where others need none, if what is shown is wrong', async () => {
    expect(await used.answerTo('a.b.c', used.open({ withoutKey: 'always' }))).toEqual(refused)
  })
})

describe('who shows something else', () => {
  it('is whom the identity provider knows, where there is one', async () => {
    const own = await createSigningKey('own')
    const set = createLocalJWKSet(JSON.parse(setOf(own)))
    const access = used.open({ tokens: { rules, keys: set } })
    expect(await access.identify(await own.sign(used.clock.now()))).toMatchObject({
      kind: 'token',
      id: 'ann',
    })
    expect(await used.answerTo('a.b.c', access)).toEqual(refused)
    const { secret } = await used.make()
    expect(await access.identify(secret)).toMatchObject({ kind: 'key' })
    expect(await used.answerTo(await own.sign(used.clock.now()))).toEqual(refused)
  })
})

describe('when a key was last used', () => {
  it('is written once a minute, however often it is used', async () => {
    const { key, secret } = await used.make()
    for (let at = 0; at < 50; at += 1) {
      await used.access.identify(secret)
      await used.clock.advance(second)
    }
    expect(used.asks().filter((name) => name === 'touchKeys')).toEqual([])
    expect(await used.keyOf(key.id)).toMatchObject({ lastUsedAt: null })
    await used.clock.advance(10 * second)
    expect(used.asks().filter((name) => name === 'touchKeys')).toEqual(['touchKeys'])
    expect(await used.keyOf(key.id)).toMatchObject({ lastUsedAt: used.clock.now() })
    await used.clock.advance(5 * minute)
    expect(used.asks()).not.toContain('touchKeys')
  })

  it('is written when the gateway stops, which waits for that', async () => {
    const { key, secret } = await used.make()
    const touchKeys = async (ids: readonly string[], now: number) => {
      await new Promise((resolve) => setImmediate(resolve))
      await used.store.touchKeys(ids, now)
    }
    const access = used.open({}, { touchKeys })
    await access.identify(secret)
    await used.clock.advance(3 * second)
    await access.close()
    expect(await used.keyOf(key.id)).toMatchObject({ lastUsedAt: used.clock.now() })
  })

  it('is not written of a key that was refused', async () => {
    const { key, secret } = await used.make()
    await used.revoke(key.id)
    await used.answerTo(secret)
    await used.access.close()
    expect(await used.keyOf(key.id)).toMatchObject({ lastUsedAt: null })
  })

  it('is written later if the store is away', async () => {
    const { key, secret } = await used.make()
    await used.access.identify(secret)
    used.away(true)
    await used.clock.advance(2 * minute)
    expect(used.asks()).toContain('touchKeys')
    used.away(false)
    await used.clock.advance(minute)
    expect(await used.keyOf(key.id)).toMatchObject({ lastUsedAt: expect.any(Number) })
  })

  it('keeps no gateway from stopping', async () => {
    const { secret } = await used.make()
    await used.access.identify(secret)
    used.away(true)
    await used.access.close()
    expect(used.clock.pending).toBe(0)
  })
})

describe('what stops', () => {
  it('leaves no timer', async () => {
    expect(used.clock.pending).toBe(1)
    await used.access.close()
    expect(used.clock.pending).toBe(0)
    await used.clock.advance(minute)
    expect(used.asks()).toEqual([])
  })

  it('leaves no timer either if the streams are just being checked', async () => {
    const { secret } = await used.make()
    let resolve = () => {}
    const answered = new Promise<void>((done) => {
      resolve = done
    })
    const keysOf = async (ids: readonly string[]) => {
      await answered
      return used.store.keysOf(ids)
    }
    const slow = used.open({}, { keysOf })
    await used.access.close()
    slow.watch(await slow.identify(secret), () => {})
    await used.clock.advance(10 * second)
    await slow.close()
    resolve()
    await used.clock.advance(minute)
    expect(used.clock.pending).toBe(0)
  })
})
