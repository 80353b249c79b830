import { errors } from 'jose'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { IdentityUnavailableError } from '../../src/access/error.ts'
import { createJwks } from '../../src/access/jwks.ts'
import { viewerOfToken } from '../../src/access/token.ts'
import { createLog } from '../../src/log.ts'
import { eventually } from '../support/eventually.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createSigningKey, rules, type SigningKey, setOf } from './identity-provider.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
let [own, next]: readonly SigningKey[] = []
const [first, rotated] = [() => own as SigningKey, () => next as SigningKey]
beforeAll(async () => {
  own = await createSigningKey('one')
  next = await createSigningKey('two')
})

let clock: ReturnType<typeof createFakeClock>
let answer: () => string | Promise<string>
let asked: number
let lines: Record<string, unknown>[]
let keys: ReturnType<typeof createJwks>
beforeEach(() => {
  clock = createFakeClock()
  answer = () => setOf(first())
  asked = 0
  lines = []
  keys = createJwks({
    url: 'https://login.test/jwks',
    clock,
    log: createLog('debug', { write: (line) => void lines.push(JSON.parse(line)) }),
    async fetch() {
      asked += 1
      return answer()
    },
  })
})
const away = () => {
  throw new Error('the provider is away')
}
const show = async (key: SigningKey, header: object = {}) =>
  viewerOfToken(await key.sign(clock.now(), {}, header), rules, keys, clock)
const passes = async (key: SigningKey) => expect(await show(key)).toMatchObject({ id: 'ann' })

describe('the keys of an identity provider', () => {
  it('are asked for by the first token, once for all that come meanwhile', async () => {
    expect(asked).toBe(0)
    await Promise.all(Array.from({ length: 50 }, () => passes(first())))
    expect(asked).toBe(1)
    await clock.advance(8 * minute - 1)
    await passes(first())
    expect(asked).toBe(1)
  })

  it('are asked for anew after eight minutes, while the old ones serve', async () => {
    await passes(first())
    await clock.advance(8 * minute)
    let release = (_text: string) => {}
    answer = () =>
      new Promise((resolve) => {
        release = resolve
      })
    await passes(first())
    await passes(first())
    expect(asked).toBe(2)
    release(setOf(rotated()))
    await clock.advance(0)
    await passes(rotated())
    expect(asked).toBe(2)
  })

  it('are asked for at most once in thirty seconds, however many tokens name keys that nobody knows', async () => {
    await passes(first())
    await clock.advance(30 * second)
    asked = 0
    for (let count = 0; count < 1_000; count += 1)
      await expect(show(first(), { kid: `made-up-${count}` })).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
      })
    expect(asked).toBe(1)
    await clock.advance(30 * second - 1)
    await expect(show(first(), { kid: 'made-up' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(asked).toBe(1)
    await clock.advance(1)
    await expect(show(first(), { kid: 'made-up' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(asked).toBe(2)
    await passes(first())
  })

  it('are waited for, and not asked for again meanwhile, however slow the answer is', async () => {
    let release = () => {}
    answer = () =>
      new Promise((resolve) => {
        release = () => resolve(setOf(first()))
      })
    const token = await first().sign(clock.now())
    const shown = [viewerOfToken(token, rules, keys, clock)]
    await eventually(() => expect(asked).toBe(1))
    await clock.advance(minute)
    shown.push(viewerOfToken(token, rules, keys, clock))
    await clock.advance(minute)
    release()
    expect(await Promise.all(shown)).toMatchObject([{ id: 'ann' }, { id: 'ann' }])
    expect(asked).toBe(1)
  })

  it('are known thirty seconds after they were changed, at the latest', async () => {
    await passes(first())
    answer = () => setOf(rotated())
    await clock.advance(30 * second)
    await passes(rotated())
    await expect(show(first())).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('are known at once where the last look was a while ago, and no request waits for a second', async () => {
    await passes(first())
    await clock.advance(minute)
    answer = () => setOf(first(), rotated())
    await Promise.all([passes(rotated()), passes(rotated()), passes(first())])
    expect(asked).toBe(2)
  })

  it('are not believed longer than a day while the provider is away', async () => {
    await passes(first())
    answer = away
    await clock.advance(24 * hour - 1)
    await passes(first())
    await clock.advance(1)
    await expect(show(first())).rejects.toThrow(IdentityUnavailableError)
    answer = () => setOf(first())
    await clock.advance(30 * second)
    await passes(first())
  })

  it('are asked for again only after a pause while the provider is away, and nobody waits meanwhile', async () => {
    answer = away
    await expect(show(first())).rejects.toThrow(IdentityUnavailableError)
    for (let count = 0; count < 20; count += 1)
      await expect(show(first())).rejects.toThrow(IdentityUnavailableError)
    expect(asked).toBe(1)
    await clock.advance(30 * second)
    await expect(show(first())).rejects.toThrow(IdentityUnavailableError)
    expect(asked).toBe(2)
  })

  it('that come back are used from then on, though the provider was away at first', async () => {
    answer = away
    await expect(show(first())).rejects.toThrow(IdentityUnavailableError)
    answer = () => setOf(first())
    await expect(show(first())).rejects.toThrow(IdentityUnavailableError)
    await clock.advance(30 * second)
    await passes(first())
  })

  it('whose reading failed are in the log, with the age of those that serve', async () => {
    answer = away
    await expect(show(first())).rejects.toThrow()
    answer = () => setOf(first())
    await clock.advance(30 * second)
    await passes(first())
    answer = away
    await clock.advance(10 * minute)
    await passes(first())
    await clock.advance(0)
    const told = lines.filter(({ msg }) => /keys cannot be read/.test(String(msg)))
    expect(told).toMatchObject([
      { age: null, err: { message: 'the provider is away' } },
      { age: 10 * minute, err: { message: 'the provider is away' } },
    ])
  })

  it.each([
    ['no JSON', 'no'],
    ['no set', '[]'],
    ['null', 'null'],
    ['a text', '"keys"'],
    ['no list', '{"keys":{}}'],
    ['an empty list', '{"keys":[]}'],
    ['a list of something else', '{"keys":[7]}'],
    ['101 keys', JSON.stringify({ keys: Array.from({ length: 101 }, () => ({ kty: 'EC' })) })],
  ])('are the last ones if the answer is %s', async (_, text) => {
    await passes(first())
    answer = () => text
    await clock.advance(10 * minute)
    await passes(first())
    await clock.advance(0)
    await passes(first())
    expect(lines.filter(({ msg }) => /keys cannot be read/.test(String(msg)))).toHaveLength(1)
  })

  it('may be a hundred', async () => {
    const others = Array.from({ length: 99 }, (_, at) => ({ jwk: { ...rotated().jwk, kid: `other-${at}` } }))
    answer = () => setOf(...others, first())
    await passes(first())
  })

  it('of another kind are no reason to refuse the others', async () => {
    answer = () => JSON.stringify({ keys: [{ kty: 'odd', kid: 'odd' }, first().jwk] })
    await passes(first())
  })

  it('that are not found are an error of the token, not of the provider', async () => {
    const token = await first().sign(clock.now(), {}, { kid: 'unknown' })
    await expect(viewerOfToken(token, rules, keys, clock)).rejects.toMatchObject({
      cause: expect.any(errors.JWKSNoMatchingKey),
    })
  })
})
