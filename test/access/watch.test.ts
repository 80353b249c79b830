import { describe, expect, it } from 'vitest'
import type { AccessEndedError } from '../../src/access/error.ts'
import type { Viewer } from '../../src/access/viewer.ts'
import { createLog } from '../../src/log.ts'
import { minute, second, tokenUntil, useAccess } from './support.ts'

const used = useAccess()

describe('a stream', () => {
  const told = (viewer: Viewer, by = used.access) => {
    const errors: AccessEndedError[] = []
    const callOff = by.watch(viewer, (error) => errors.push(error))
    return { whys: () => errors.map(({ why, code }) => [why, code]), callOff }
  }
  const revoked = [['revoked', 'ACCESS_ENDED']]
  const expired = [['expired', 'ACCESS_ENDED']]

  it('of a key that is revoked ends once, within thirty seconds, and others go on', async () => {
    const [one, other] = [await used.make(), await used.make()]
    const ending = told(await used.access.identify(one.secret))
    const lasting = told(await used.access.identify(other.secret))
    await used.clock.advance(minute)
    expect(ending.whys()).toEqual([])
    await used.revoke(one.key.id)
    await used.clock.advance(30 * second)
    expect([ending.whys(), lasting.whys()]).toEqual([revoked, []])
    await used.clock.advance(5 * minute)
    expect([ending.whys(), lasting.whys()]).toEqual([revoked, []])
  })

  it('of a key that expires ends once, within thirty seconds', async () => {
    const { secret } = await used.make({ lifeMs: minute })
    const stream = told(await used.access.identify(secret))
    await used.clock.advance(minute - 1)
    expect(stream.whys()).toEqual([])
    await used.clock.advance(30 * second)
    expect(stream.whys()).toEqual(expired)
    await used.clock.advance(5 * minute)
    expect(stream.whys()).toEqual(expired)
  })

  it('of a key that is in no store any more ends as if it was revoked', async () => {
    const { key } = await used.madeUp()
    const viewer = { ...tokenUntil(0), kind: 'key', id: key.id, expiresAt: null } as const
    const stream = told(viewer)
    await used.clock.advance(30 * second)
    expect(stream.whys()).toEqual(revoked)
  })

  it('of a token lasts as long as the token would be accepted, and thirty seconds at most', async () => {
    const stream = told(tokenUntil(used.clock.now() + 5 * minute))
    await used.clock.advance(6 * minute - 1)
    expect(stream.whys()).toEqual([])
    await used.clock.advance(30 * second)
    expect(stream.whys()).toEqual(expired)
    expect(used.asks()).toEqual([])
  })

  it('of who needed no key ends when one is needed', async () => {
    const local = used.open({ withoutKey: 'unless-keys-exist' })
    const stream = told(await local.identify(null), local)
    await used.clock.advance(minute)
    expect(stream.whys()).toEqual([])
    await used.make()
    await used.clock.advance(30 * second)
    expect(stream.whys()).toEqual(revoked)
  })

  it('of a key or a token is no reason to ask whether there are keys', async () => {
    const local = used.open({ withoutKey: 'unless-keys-exist' })
    const { secret } = await used.make()
    told(await local.identify(secret), local)
    told(tokenUntil(used.clock.now() + minute), local)
    used.asks()
    await used.clock.advance(10 * second)
    expect(used.asks()).toEqual(['keysOf'])
  })

  it('of who needed no key ends among those of others, which go on', async () => {
    const local = used.open({ withoutKey: 'unless-keys-exist' })
    const lasting = [told(tokenUntil(used.clock.now() + 60 * minute), local)]
    const ending = told(await local.identify(null), local)
    lasting.push(told(await local.identify((await used.make()).secret), local))
    await used.clock.advance(30 * second)
    expect([ending, ...lasting].map(({ whys }) => whys())).toEqual([revoked, [], []])
  })

  it('of who needs no key, whatever keys there are, goes on', async () => {
    const always = used.open({ withoutKey: 'always' })
    const stream = told(await always.identify(null), always)
    await used.make()
    await used.clock.advance(5 * minute)
    expect(stream.whys()).toEqual([])
  })

  it('that begins while others are checked goes on', async () => {
    const [one, other] = [await used.make(), await used.make()]
    const begun: ReturnType<typeof told>[] = []
    const keysOf = async (ids: readonly string[]) => {
      if (begun.length === 0) begun.push(told(await access.identify(other.secret), access))
      return used.store.keysOf(ids)
    }
    const access = used.open({}, { keysOf })
    told(await access.identify(one.secret), access)
    await used.clock.advance(minute)
    expect(begun.map(({ whys }) => whys())).toEqual([[]])
  })

  it('that is called off is not told', async () => {
    const { key, secret } = await used.make()
    const stream = told(await used.access.identify(secret))
    stream.callOff()
    await used.revoke(key.id)
    used.asks()
    await used.clock.advance(30 * second)
    expect([stream.whys(), used.asks()]).toEqual([[], []])
  })

  it('goes on while the store is away, and ends when it is back', async () => {
    const { key, secret } = await used.make()
    const lines: string[] = []
    const log = createLog('debug', { write: (line) => void lines.push(line) })
    const access = used.open({ log })
    const stream = told(await access.identify(secret), access)
    await used.revoke(key.id)
    used.away(true)
    await used.clock.advance(5 * minute)
    expect(stream.whys()).toEqual([])
    expect(lines.join()).toMatch(/its database does not answer.*rights cannot be checked/)
    used.away(false)
    await used.clock.advance(30 * second)
    expect(stream.whys()).toEqual(revoked)
  })

  it('ends at the time that is known, though the store is away', async () => {
    const { secret } = await used.make({ lifeMs: minute })
    const streams = [told(await used.access.identify(secret)), told(tokenUntil(used.clock.now()))]
    used.away(true)
    await used.clock.advance(minute + 30 * second)
    expect(streams.map(({ whys }) => whys())).toEqual([expired, expired])
  })

  it('ends though another one fails while it is told', async () => {
    const { key, secret } = await used.make()
    const viewer = await used.access.identify(secret)
    used.access.watch(viewer, () => {
      throw new Error('a stream that cannot be told')
    })
    const stream = told(viewer)
    await used.revoke(key.id)
    await used.clock.advance(30 * second)
    expect(stream.whys()).toEqual(revoked)
  })

  it('costs one look at the store in ten seconds, however many there are', async () => {
    const { secret } = await used.make()
    for (let count = 0; count < 50; count += 1) told(await used.access.identify(secret))
    used.asks()
    await used.clock.advance(10 * second)
    expect(used.asks()).toEqual(['keysOf'])
  })
})
