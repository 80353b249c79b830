import { beforeEach, describe, expect, it } from 'vitest'
import { AccessKeyError } from '../../src/access/error.ts'
import { hashOf, hintOf, isKey } from '../../src/access/key.ts'
import { createKey, createKeyAdmin, type KeyOptions, revokeKey } from '../../src/access/keys.ts'
import type { Scope, Viewer } from '../../src/access/viewer.ts'
import { localTenant } from '../../src/jobs/tenant.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { tenant } from '../support/keys.ts'
import { createRandom } from '../support/random.ts'
import { inMemory, useStore } from '../support/stores.ts'

const used = useStore(inMemory.open)
const minute = 60_000
const day = 24 * 60 * minute
const [acme, rival] = [tenant('acme'), tenant('rival')]
const by = { actor: 'command line', address: null }
const wish = { name: 'ci', tenant: acme, scopes: ['jobs:read'] as readonly Scope[], lifeMs: null }
const admin: Viewer = {
  tenant: acme,
  kind: 'key',
  id: 'key_admin',
  name: 'admin',
  scopes: new Set<Scope>(['jobs:read', 'admin']),
  expiresAt: null,
}

let clock: ReturnType<typeof createFakeClock>
let refused: unknown[][]
let options: KeyOptions
beforeEach(() => {
  clock = createFakeClock()
  refused = []
  options = {
    store: used.store.access,
    clock,
    random: createRandom(7).bytes,
    environment: 'test',
  }
})
const adminOf = (viewer: Partial<Viewer> = {}) =>
  createKeyAdmin(options, { ...admin, ...viewer }, '192.0.2.7', async (...deed) => void refused.push(deed))
const keysOf = (of: ReturnType<typeof tenant> | null = null) => options.store.keys(of)

describe('a key that is made', () => {
  it('is told once; its hash and its beginning are kept', async () => {
    const { key, secret } = await createKey(options, { ...wish, lifeMs: day }, by)
    expect(isKey(secret)).toBe(true)
    expect(secret).toMatch(/^wsg_test_/)
    expect(key).toEqual({
      id: expect.stringMatching(/^key_[0-9a-f]{24}$/),
      tenant: acme,
      hash: hashOf(secret),
      hint: hintOf(secret),
      name: 'ci',
      scopes: ['jobs:read'],
      createdBy: 'command line',
      createdAt: clock.now(),
      expiresAt: clock.now() + day,
      revokedAt: null,
      lastUsedAt: null,
    })
    expect(await keysOf()).toEqual([key])
    expect(JSON.stringify(await keysOf())).not.toContain(secret.slice(12))
  })

  it('lasts for ever unless it is said how long, and is live where the vendor is', async () => {
    const { key, secret } = await createKey({ ...options, environment: 'live' }, wish, by)
    expect([key.expiresAt, secret.slice(0, 9)]).toEqual([null, 'wsg_live_'])
  })

  it('is not told unless it is kept', async () => {
    const store = {
      ...options.store,
      addKey: async () => {
        throw new Error('the disk is full')
      },
    }
    await expect(createKey({ ...options, store }, wish, by)).rejects.toThrow('the disk is full')
  })

  it('is another one each time', async () => {
    const [one, other] = [await createKey(options, wish, by), await createKey(options, wish, by)]
    expect(one.secret).not.toBe(other.secret)
    expect(one.key.id).not.toBe(other.key.id)
  })

  it('has each scope once', async () => {
    const { key } = await createKey(options, { ...wish, scopes: ['jobs:read', 'admin', 'jobs:read'] }, by)
    expect(key.scopes).toEqual(['jobs:read', 'admin'])
  })

  it('lasts whole milliseconds, however many days were asked for', async () => {
    const { key } = await createKey(options, { ...wish, lifeMs: 1.23456789 * day }, by)
    expect(Number.isInteger(key.expiresAt)).toBe(true)
    expect(await keysOf()).toEqual([key])
  })

  it.each([
    ['none', ''],
    ['a blank', ' '],
    ['a blank before it', ' ci'],
    ['a blank after it', 'ci '],
    ['a line break', 'c\ni'],
    ['a line break at its end', 'ci\n'],
    ['a line separator', 'c\u2028i'],
    ['a paragraph separator', 'c\u2029i'],
    ['a colour of terminals', '\u001b[31mci'],
    ['a mark that turns the writing', 'c\u202ei'],
    ['what nobody sees', 'c\u200bi'],
    ['101 characters', 'a'.repeat(101)],
  ])('has a name that is seen: %s is refused', async (_, name) => {
    await expect(createKey(options, { ...wish, name }, by)).rejects.toThrow(AccessKeyError)
    await expect(createKey(options, { ...wish, name }, by)).rejects.toThrow(/needs a name of 1 to 100/)
    expect([await keysOf(), await adminOf().audit(null, 9)]).toEqual([[], []])
  })

  it.each(['a', 'a'.repeat(100), 'nightly build 7', 'Füchse 🦊', '日本語'])(
    'may be called %s',
    async (name) => {
      expect((await createKey(options, { ...wish, name }, by)).key.name).toBe(name)
    },
  )

  it('has at least one scope', async () => {
    await expect(createKey(options, { ...wish, scopes: [] }, by)).rejects.toThrow(/at least one scope/)
    expect(await keysOf()).toEqual([])
  })

  it.each([0, -day, minute - 1, 10 * 366 * day + 1, Number.NaN, Number.POSITIVE_INFINITY])(
    'does not last for %s milliseconds',
    async (lifeMs) => {
      await expect(createKey(options, { ...wish, lifeMs }, by)).rejects.toThrow(/one minute to ten years/)
      expect(await keysOf()).toEqual([])
    },
  )

  it.each([minute, 10 * 366 * day])('may last for %s milliseconds', async (lifeMs) => {
    expect((await createKey(options, { ...wish, lifeMs }, by)).key.expiresAt).toBe(clock.now() + lifeMs)
  })
})

describe('an administrator', () => {
  const own = { name: 'ci', scopes: ['jobs:read'] as readonly Scope[], lifeMs: null }

  it('makes keys of the own tenant alone, and each is in the audit log', async () => {
    const { key } = await adminOf().create(own)
    expect([key.tenant, key.createdBy]).toEqual([acme, 'key key_admin'])
    expect(await adminOf().list()).toEqual([key])
    expect(await adminOf().audit(null, 9)).toEqual([
      {
        sequence: expect.any(Number),
        at: clock.now(),
        tenant: acme,
        actor: 'key key_admin',
        action: 'createAccessKey',
        target: key.id,
        address: '192.0.2.7',
        result: 'OK',
      },
    ])
    const other = adminOf({ tenant: rival })
    expect([await other.list(), await other.audit(null, 9)]).toEqual([[], []])
  })

  it('makes no key that can do more, and is told what is lacking', async () => {
    const wanted: readonly Scope[] = ['jobs:read', 'jobs:write', 'uploads:write']
    const made = adminOf().create({ ...own, scopes: wanted })
    await expect(made).rejects.toThrow(AccessKeyError)
    await expect(made).rejects.toThrow(/do not have jobs:write, uploads:write\.$/)
    expect(await keysOf()).toEqual([])
    const one = adminOf().create({ ...own, scopes: ['jobs:read', 'jobs:write'] })
    await expect(one).rejects.toThrow(/do not have jobs:write\.$/)
    expect(await keysOf()).toEqual([])
    const all = adminOf({ scopes: new Set<Scope>(wanted) })
    expect((await all.create({ ...own, scopes: wanted })).key.scopes).toEqual(wanted)
    expect(refused.length).toBeGreaterThan(0)
    for (const deed of refused) expect(deed).toEqual(['createAccessKey', null, 'ACCESS_KEY'])
  })

  it('whose key ends makes none that lasts longer', async () => {
    const ending = adminOf({ expiresAt: clock.now() + day })
    for (const lifeMs of [null, day + 1]) {
      await expect(ending.create({ ...own, lifeMs })).rejects.toThrow(/last longer than the one/)
    }
    expect(await keysOf()).toEqual([])
    expect((await ending.create({ ...own, lifeMs: day })).key.expiresAt).toBe(clock.now() + day)
  })

  it('who signed in makes keys that stay, since the session is not the person', async () => {
    const signedIn = adminOf({ kind: 'token', id: 'ann', expiresAt: clock.now() + minute })
    expect((await signedIn.create(own)).key).toMatchObject({ expiresAt: null, createdBy: 'token ann' })
  })

  it('who needs no key is called local', async () => {
    const local = adminOf({ kind: 'local', id: 'local', tenant: localTenant })
    expect((await local.create(own)).key).toMatchObject({ tenant: localTenant, createdBy: 'local' })
  })

  it('revokes keys of the own tenant, which is in the audit log', async () => {
    const { key } = await adminOf().create(own)
    await clock.advance(5_000)
    expect(await adminOf().revoke(key.id)).toEqual({ ...key, revokedAt: clock.now() })
    expect(await adminOf().audit(null, 1)).toMatchObject([
      { at: clock.now(), actor: 'key key_admin', action: 'revokeAccessKey', target: key.id, result: 'OK' },
    ])
  })

  it('revokes once: a key stays revoked since when it was', async () => {
    const { key } = await adminOf().create(own)
    const first = clock.now()
    await adminOf().revoke(key.id)
    await clock.advance(5_000)
    expect(await adminOf().revoke(key.id)).toMatchObject({ revokedAt: first })
  })

  it("knows nothing of another tenant's key: it stays as it was, and nothing is written down", async () => {
    const { key } = await createKey(options, { ...wish, tenant: rival }, by)
    const before = await adminOf({ tenant: rival }).audit(null, 9)
    expect(await adminOf().revoke(key.id)).toBeNull()
    expect(await adminOf().revoke('key_none')).toBeNull()
    expect(await keysOf()).toEqual([key])
    expect(await adminOf({ tenant: rival }).audit(null, 9)).toEqual(before)
    expect(await adminOf().audit(null, 9)).toEqual([])
    expect(refused).toContainEqual(['revokeAccessKey', expect.any(String), 'ACCESS_KEY_NOT_FOUND'])
  })

  it('reads the audit log page by page, newest first', async () => {
    for (let made = 0; made < 5; made += 1) await adminOf().create(own)
    const first = await adminOf().audit(null, 2)
    const second = await adminOf().audit(first.at(-1)?.sequence ?? 0, 9)
    const sequences = [...first, ...second].map(({ sequence }) => sequence)
    expect([first.length, second.length]).toEqual([2, 3])
    expect(sequences).toEqual(sequences.toSorted((a, b) => b - a))
    expect(new Set(sequences).size).toBe(5)
  })
})

describe('the command line', () => {
  it('revokes a key of whichever tenant, in whose audit log it stands', async () => {
    const { key } = await createKey(options, { ...wish, tenant: rival }, by)
    expect(await revokeKey(options, key.id, null, by)).toEqual({ ...key, revokedAt: clock.now() })
    expect(await adminOf({ tenant: rival }).audit(null, 1)).toMatchObject([
      { actor: 'command line', action: 'revokeAccessKey', target: key.id, address: null },
    ])
    expect(await adminOf().audit(null, 9)).toEqual([])
  })

  it('is not told that a key is revoked unless that is kept', async () => {
    const { key } = await createKey(options, wish, by)
    const store = {
      ...options.store,
      revokeKey: async () => {
        throw new Error('the disk is full')
      },
    }
    await expect(revokeKey({ ...options, store }, key.id, null, by)).rejects.toThrow('the disk is full')
  })

  it('finds no key that never was', async () => {
    expect(await revokeKey(options, 'key_none', null, by)).toBeNull()
  })
})
