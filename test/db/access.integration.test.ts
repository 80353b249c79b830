import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { AccessKey } from '../../src/access/key.ts'
import type { AccessStore, AuditEntry, Ticket } from '../../src/access/store.ts'
import { openSqliteAccess } from '../../src/db/sqlite/access.ts'
import { openSqliteStore as openHistory } from '../../src/db/sqlite/store.ts'
import { makeKey, tenant } from '../support/keys.ts'
import { createRandom } from '../support/random.ts'
import { openSqliteStore, type PostgresStore, type SqliteStore, stores, useStore } from '../support/stores.ts'

const [acme, rival] = [tenant('acme'), tenant('rival')]
const key: AccessKey = {
  id: 'key_1',
  tenant: acme,
  hash: 'hash 1',
  hint: 'wsg_test_abc',
  name: `Füchse "🦊" 'n' \\ more`,
  scopes: ['jobs:read', 'admin'],
  createdBy: 'command line',
  createdAt: 1_767_225_600_001,
  expiresAt: 1_767_225_700_002,
  revokedAt: null,
  lastUsedAt: null,
}
const entry: AuditEntry = {
  at: 1_767_225_600_001,
  tenant: acme,
  actor: 'key key_1',
  action: 'createAccessKey',
  target: 'key_1',
  address: '2001:db8::7',
  result: 'OK',
}
const ticket: Ticket = {
  hash: 'ticket 1',
  tenant: acme,
  kind: 'key',
  viewerId: 'key_1',
  name: 'ci',
  jobIds: ['job_1', 'job_2'],
  expiresAt: 60_000,
  endsAt: null,
}

describe.each(stores)('what is kept of keys on $name', ({ open, shared }) => {
  const used = useStore(open)
  let access: AccessStore
  beforeEach(() => {
    access = used.store.access
  })
  /** Runs SQL as it is. */
  async function sql(text: string): Promise<void> {
    if (shared) await (used.store as PostgresStore).pool.query(text)
    else (used.store as SqliteStore).client.exec(text)
  }

  describe('a key', () => {
    const plain: AccessKey = { ...key, id: 'key_2', hash: 'hash 2', expiresAt: null }

    it('comes back as it was, by its hash, its id and its tenant', async () => {
      expect([await access.hasKeys(), await access.keys(null), await access.keyOfHash('hash 1')]).toEqual([
        false,
        [],
        null,
      ])
      await access.addKey(key, entry)
      await access.addKey(plain, { ...entry, target: 'key_2', address: null })
      expect(await access.keyOfHash('hash 1')).toEqual(key)
      expect(await access.keyOfHash('hash 2')).toEqual(plain)
      expect(await access.keyOfHash('hash')).toBeNull()
      expect(new Set(await access.keysOf(['key_2', 'key_none', 'key_1']))).toEqual(new Set([key, plain]))
      expect(await access.keysOf([])).toEqual([])
      expect(await access.hasKeys()).toBe(true)
    })

    it('is among those of its tenant, newest first', async () => {
      const of = (id: string, createdAt: number, whose = acme) =>
        access.addKey({ ...key, id, hash: id, createdAt, tenant: whose }, entry)
      await of('key_b', 2)
      await of('key_c', 1)
      await of('key_d', 3, rival)
      await of('key_a', 2)
      const ids = async (whose: typeof acme | null) => (await access.keys(whose)).map(({ id }) => id)
      expect(await ids(acme)).toEqual(['key_b', 'key_a', 'key_c'])
      expect(await ids(rival)).toEqual(['key_d'])
      expect(await ids(tenant('nobody'))).toEqual([])
      expect(await ids(null)).toEqual(['key_d', 'key_b', 'key_a', 'key_c'])
    })

    it('is still there when the store is opened again', async () => {
      await access.addKey(key, entry)
      expect(await (await used.reopen()).access.keyOfHash('hash 1')).toEqual(key)
    })

    it('is revoked since the first time', async () => {
      await access.addKey(key, entry)
      await access.addKey(plain, entry)
      await access.revokeKey('key_1', 5_000, entry)
      await access.revokeKey('key_1', 9_000, entry)
      expect(await access.keysOf(['key_1'])).toEqual([{ ...key, revokedAt: 5_000 }])
      expect(await access.keysOf(['key_2'])).toEqual([plain])
      expect(await access.hasKeys()).toBe(true)
    })

    it('was last used when it last was, whichever gateway says so last', async () => {
      await access.addKey(key, entry)
      await access.addKey(plain, entry)
      await access.touchKeys(['key_1', 'key_none'], 5_000)
      await access.touchKeys(['key_1'], 4_000)
      expect((await access.keysOf(['key_1']))[0]?.lastUsedAt).toBe(5_000)
      await access.touchKeys(['key_1'], 6_000)
      expect((await access.keysOf(['key_1']))[0]?.lastUsedAt).toBe(6_000)
      expect((await access.keysOf(['key_2']))[0]?.lastUsedAt).toBeNull()
    })

    it('is made and revoked with its entry in the audit log, or not at all', async () => {
      const unwritable = { ...entry, action: null } as unknown as AuditEntry
      await expect(access.addKey(key, unwritable)).rejects.toThrow()
      expect([await access.hasKeys(), await access.audit(acme, null, 9)]).toEqual([false, []])
      await access.addKey(key, entry)
      await expect(access.revokeKey('key_1', 5_000, unwritable)).rejects.toThrow()
      expect(await access.keysOf(['key_1'])).toEqual([key])
      // The same once more: a key that cannot be added leaves no entry.
      await expect(access.addKey({ ...plain, hash: key.hash }, entry)).rejects.toThrow()
      await expect(access.addKey({ ...plain, id: key.id }, entry)).rejects.toThrow()
      expect(await access.audit(acme, null, 9)).toHaveLength(1)
    })
  })

  describe('the audit log', () => {
    it('tells of a tenant, newest first, page by page', async () => {
      for (let at = 0; at < 7; at += 1)
        await access.addKey(
          { ...key, id: `key_${at}`, hash: `${at}` },
          {
            ...entry,
            at,
            target: `key_${at}`,
            tenant: at % 2 ? rival : acme,
            address: at ? entry.address : null,
          },
        )
      const first = await access.audit(acme, null, 3)
      const rest = await access.audit(acme, first.at(-1)?.sequence ?? 0, 3)
      expect([...first, ...rest].map(({ at }) => at)).toEqual([6, 4, 2, 0])
      expect(rest.at(-1)).toEqual({
        ...entry,
        at: 0,
        target: 'key_0',
        address: null,
        sequence: expect.any(Number),
      })
      expect(await access.audit(acme, rest.at(-1)?.sequence ?? 0, 3)).toEqual([])
      expect((await access.audit(rival, null, 9)).map(({ at }) => at)).toEqual([5, 3, 1])
    })

    it.each(['UPDATE audit SET actor = $$nobody$$', 'DELETE FROM audit', 'TRUNCATE audit'])(
      'is only added to: %s is refused',
      async (text) => {
        await access.addKey(key, entry)
        const before = await access.audit(acme, null, 9)
        // SQLite knows no TRUNCATE, and refuses it for that.
        await expect(sql(shared ? text : text.replaceAll('$$', "'"))).rejects.toThrow(
          shared || !text.startsWith('TRUNCATE') ? /only added to/ : /syntax error/,
        )
        expect(await access.audit(acme, null, 9)).toEqual(before)
        expect(before).toHaveLength(1)
      },
    )
  })

  describe('a ticket', () => {
    it('is taken once, as it was', async () => {
      await access.addTicket(ticket)
      const all = { ...ticket, hash: 'ticket 2', jobIds: null, kind: 'token', endsAt: 7_000 } as const
      await access.addTicket(all)
      expect(await access.takeTicket('ticket 1', 1_000)).toEqual(ticket)
      expect(await access.takeTicket('ticket 1', 1_000)).toBeNull()
      expect(await access.takeTicket('ticket 2', 1_000)).toEqual(all)
      expect(await access.takeTicket('ticket', 1_000)).toBeNull()
    })

    it('is had by exactly one of many who take it at once', async () => {
      for (let round = 0; round < 5; round += 1) {
        await access.addTicket(ticket)
        const taken = await Promise.all(
          Array.from({ length: 20 }, () => access.takeTicket('ticket 1', 1_000)),
        )
        expect(taken.filter((one) => one !== null)).toEqual([ticket])
      }
    })

    it('is taken before its end and not from then on', async () => {
      await access.addTicket(ticket)
      await access.addTicket({ ...ticket, hash: 'ticket 2' })
      expect(await access.takeTicket('ticket 1', 59_999)).toEqual(ticket)
      expect(await access.takeTicket('ticket 2', 60_000)).toBeNull()
    })

    it('that nobody took in time is forgotten with the next that is taken', async () => {
      await access.addTicket(ticket)
      await access.addTicket({ ...ticket, hash: 'ticket 2', expiresAt: 90_000 })
      await access.takeTicket('ticket none', 60_000)
      // Also for who believes that it is earlier.
      expect(await access.takeTicket('ticket 1', 1_000)).toBeNull()
      expect(await access.takeTicket('ticket 2', 1_000)).toMatchObject({ hash: 'ticket 2' })
    })
  })

  describe('a secret', () => {
    it('is the first value that anybody gave, also when the store is opened again', async () => {
      expect(await access.secret('outputs', 'first')).toBe('first')
      expect(await access.secret('outputs', 'second')).toBe('first')
      expect(await access.secret('others', 'second')).toBe('second')
      expect(await (await used.reopen()).access.secret('outputs', 'third')).toBe('first')
    })

    it('is one and the same for all who ask at once', async () => {
      const random = createRandom(7)
      const values = Array.from({ length: 20 }, () => String(random.next()))
      const told = await Promise.all(values.map((value) => access.secret('outputs', value)))
      expect(new Set(told).size).toBe(1)
      expect(values).toContain(told[0])
    })
  })
})

describe('the keys in a SQLite file', () => {
  function folder(): string {
    const made = mkdtempSync(join(tmpdir(), 'wavespeed-access-'))
    onTestFinished(() => rmSync(made, { recursive: true }))
    return join(made, 'jobs.db')
  }

  it('are made before the first gateway starts, which then knows them', async () => {
    const file = folder()
    const { access, close } = openSqliteAccess(file)
    const { key: made } = await makeKey(access)
    close()
    const store = openSqliteStore({ file })
    expect(await store.access.keys(null)).toEqual([made])
    store.close()
  })

  it('are made and revoked beside a gateway, in both directions', async () => {
    const file = folder()
    const gateway = openHistory({ file })
    const { access, close } = openSqliteAccess(file)
    const [one, other] = [await makeKey(access), await makeKey(gateway.access)]
    expect(await gateway.access.keyOfHash(one.key.hash)).toEqual(one.key)
    expect(await access.keyOfHash(other.key.hash)).toEqual(other.key)
    await access.revokeKey(other.key.id, 5_000, entry)
    expect(await gateway.access.keysOf([other.key.id])).toEqual([{ ...other.key, revokedAt: 5_000 }])
    await gateway.access.addTicket(ticket)
    const taken = await Promise.all([access, gateway.access].map((store) => store.takeTicket('ticket 1', 1)))
    expect(taken.filter((one) => one !== null)).toHaveLength(1)
    close()
    gateway.close()
  })

  it('are of no history of an older version, which is left as it is', () => {
    const file = folder()
    openHistory({ file }).close()
    const client = new Database(file)
    client.exec(
      'DELETE FROM __drizzle_migrations WHERE created_at = (SELECT max(created_at) FROM __drizzle_migrations)',
    )
    client.close()
    const before = readFileSync(file)
    expect(() => openSqliteAccess(file)).toThrow(/is of an older version: back it up/)
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('have an audit log that is only added to: no entry is put in the place of another', async () => {
    const store = openHistory({ file: folder() })
    await store.access.addKey(key, entry)
    const before = await store.access.audit(acme, null, 9)
    expect(before).toHaveLength(1)
    const again = `INSERT OR REPLACE INTO audit (sequence, at, tenant, actor, action, result)
      SELECT sequence, 0, tenant, 'nobody', action, result FROM audit`
    expect(() => store.client.exec(again)).toThrow(/only added to/)
    expect(await store.access.audit(acme, null, 9)).toEqual(before)
    store.close()
  })

  it('are of a history that is there, where none is to be made', () => {
    const file = folder()
    expect(() => openSqliteAccess(file, { make: false })).toThrow(/There is no history at .*jobs\.db yet/)
    expect(existsSync(file)).toBe(false)
  })

  it('are not looked for where the file cannot be one', () => {
    expect(() => openSqliteAccess(join(folder(), '..'))).toThrow(/DATABASE_URL/)
  })
})
