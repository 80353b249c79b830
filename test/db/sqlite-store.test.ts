import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { retryOnBusy } from '../../src/db/retry-on-busy.ts'
import { createExecute } from '../../src/db/sqlite/execute.ts'
import { translateFaults } from '../../src/db/sqlite/fault.ts'
import { HistoryUnavailableError } from '../../src/jobs/history-error.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { holdOf } from '../support/holds.ts'
import { decide, inMemory, openSqliteStore, record, useStore } from '../support/stores.ts'

describe('a history in a file', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wavespeed-open-'))
    file = join(folder, 'jobs.db')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('says once that its tables were made, and nothing of rows where all can be read', () => {
    const told: unknown[] = []
    const open = () =>
      openSqliteStore({
        file,
        onMigrated: (steps) => told.push(steps),
        onPutAside: (rows) => told.push(`aside ${rows}`),
      })
    open().close()
    expect(told).toEqual([expect.any(Number)])
    expect(told[0]).toBeGreaterThan(0)
    open().close()
    expect(told).toHaveLength(1)
  })

  it('that can be opened without whoever is to be told', () => {
    openSqliteStore({ file }).close()
  })

  it('outlives the process, but writes what the vendor would tell again without waiting for the disk', () => {
    const store = openSqliteStore({ file })
    expect(store.client.pragma('synchronous', { simple: true })).toBe(1)
    expect(store.client.pragma('foreign_keys', { simple: true })).toBe(1)
    store.close()
  })

  it('is searched by its own connection where no other one can read it', async () => {
    let isFull = true
    const store = openSqliteStore({
      file,
      onStatement(sql) {
        if (!isFull || !sql.includes('schema_version')) return
        isFull = false
        throw new Database.SqliteError('no room for the index', 'SQLITE_FULL')
      },
    })
    await record(store, { id: 'a' })
    const query = { order: 'CREATED_AT', descending: true, fromEnd: false, limit: 1 } as const
    expect(await store.page({ ...query, filter: { prompt: 'fox' } })).toMatchObject([{ id: 'a' }])
    const other = new Database(file)
    expect(() => other.pragma('schema_version')).toThrow('locked')
    other.close()
    store.close()
  })

  it('is refused by its variable where it is none, and let go of', () => {
    writeFileSync(file, 'no database, but long enough to be taken for one'.repeat(100))
    expect(() => openSqliteStore({ file })).toThrow(/DATABASE_URL/)
    rmSync(file)
    openSqliteStore({ file }).close()
  })
})

it('a statement is prepared once, however often it runs', () => {
  const client = new Database(':memory:')
  const prepared: string[] = []
  const execute = createExecute({
    prepare(text: string) {
      prepared.push(text)
      return client.prepare(text)
    },
  })
  const one = { name: 'one', text: 'SELECT :value AS value', columns: {}, values: {} }
  expect([1, 2].map((value) => execute(one, { value }))).toEqual([[{ value: 1 }], [{ value: 2 }]])
  expect(prepared).toEqual([one.text])
  client.close()
})

describe('a history in memory', () => {
  const opened = useStore(inMemory.open)
  const request = {
    now: 9_000,
    windowStart: 0,
    limits: { videosPerMinute: 9, concurrency: 9 },
    lease: { owner: 'me', until: 20_000 },
    decide: decide({ type: 'claimed' }, 9_000),
  }
  const claimed = async (change: object = {}) => {
    const claim = await opened.store.claim({ ...request, ...change })
    return claim.kind === 'claimed' ? claim.transitions[0].job.id : claim
  }

  it('lets the oldest job start, or the one that was tried longest ago', async () => {
    await record(opened.store, { id: 'tried', createdAt: 1_000, runAt: 8_000 })
    await record(opened.store, { id: 'new', createdAt: 2_000, runAt: 2_000 })
    expect(await claimed({ decide: () => null })).toEqual({ kind: 'wait', until: null })
    expect(await claimed()).toBe('tried')
    await record(opened.store, { id: 'tried too', createdAt: 1_000, runAt: 8_000 })
    await opened.store.hold('z', () => holdOf('account'))
    expect(await claimed()).toBe('new')
  })

  it('lets as many start in a window as the account allows, and says when the next may', async () => {
    for (const id of ['a', 'b', 'c']) await record(opened.store, { id })
    const limits = { videosPerMinute: 2, concurrency: 9 }
    expect([await claimed({ limits }), await claimed({ limits })]).toEqual(['a', 'b'])
    expect(await claimed({ limits })).toEqual({ kind: 'wait', until: 18_000 })
    expect(await claimed({ limits: { videosPerMinute: 9, concurrency: 2 } })).toEqual({
      kind: 'wait',
      until: null,
    })
    expect(await claimed({ limits: { videosPerMinute: 9, concurrency: 3 } })).toBe('c')
    expect(await claimed()).toEqual({ kind: 'wait', until: null })
  })

  it('takes a change of the version that it holds, and of no other', async () => {
    await record(opened.store, { id: 'a' })
    const ahead = opened.store.change('a', (job) => {
      const change = decide({ type: 'canceled' }, 9_000)(job)
      return change && { ...change, job: { ...change.job, version: 3 } }
    })
    await expect(ahead).rejects.toThrow('there is no row of the job a before version 3')
    expect((await opened.store.timelines(['a']))[0]).toHaveLength(1)
  })

  it('has no work left of a submission that is settled', async () => {
    await record(opened.store, { id: 'a' })
    await claimed()
    expect(await opened.store.firstDue('poll')).toBe(20_000)
    await opened.store.settle('a', 9_500)
    expect(await opened.store.firstDue('poll')).toBeNull()
  })
})

describe('a fault of the file', () => {
  it.each([
    ['SQLITE_BUSY', 'busy'],
    ['SQLITE_BUSY_SNAPSHOT', 'busy'],
    ['SQLITE_LOCKED', 'busy'],
    ['SQLITE_READONLY_DBMOVED', 'read-only'],
    ['SQLITE_FULL', 'full'],
    ['SQLITE_IOERR_WRITE', 'broken'],
    ['SQLITE_CANTOPEN', 'broken'],
    ['SQLITE_CORRUPT', 'broken'],
    ['SQLITE_NOTADB', 'broken'],
  ])('%s is told as %s, with its cause', async (code, fault) => {
    let error: Error | null = null
    const store = openSqliteStore({
      file: ':memory:',
      onStatement() {
        if (error) throw error
      },
    })
    error = new Database.SqliteError('words', code)
    const told = await store.job('a').catch((thrown: unknown) => thrown)
    expect(told).toBeInstanceOf(HistoryUnavailableError)
    expect(told).toMatchObject({ fault, cause: error })
    error = null
    store.close()
  })

  it.each([
    new Database.SqliteError('words', 'SQLITE_CONSTRAINT'),
    new Database.SqliteError('words', 'NOT_SQLITE_FULL'),
    new Error('SQLITE_FULL'),
    Object.assign(new Error('words'), { code: 'SQLITE_FULL' }),
  ])('is nothing else: %s', async (error) => {
    let broken = false
    const store = openSqliteStore({
      file: ':memory:',
      onStatement() {
        if (broken) throw error
      },
    })
    broken = true
    await expect(store.job('a')).rejects.toBe(error)
    broken = false
    await store.ping()
    store.close()
  })

  it('is told to whoever has to look after the file, and nothing else is', async () => {
    const store = openSqliteStore({ file: ':memory:' })
    let told = 0
    const failing = (error: Error) => {
      const ping = () => Promise.reject(error)
      return translateFaults({ ...store, ping }, () => {
        told += 1
      }).ping()
    }
    await expect(failing(new Error('no such row'))).rejects.toThrow('no such row')
    await expect(failing(new Database.SqliteError('words', 'SQLITE_ERROR'))).rejects.toThrow('words')
    expect(told).toBe(0)
    await expect(failing(new Database.SqliteError('words', 'SQLITE_FULL'))).rejects.toMatchObject({
      fault: 'full',
    })
    expect(told).toBe(1)
    store.close()
  })

  it('shows in a question that asks nothing', async () => {
    let error: Error | null = null
    const store = openSqliteStore({
      file: ':memory:',
      onStatement() {
        if (error) throw error
      },
    })
    error = new Database.SqliteError('words', 'SQLITE_IOERR')
    await expect(store.ping()).rejects.toMatchObject({ fault: 'broken' })
    error = null
    store.close()
  })

  it.each(['full', 'broken', 'read-only'] as const)(
    'that is no other program is not waited for: %s',
    async (fault) => {
      const store = openSqliteStore({ file: ':memory:' })
      const clock = createFakeClock()
      let tries = 0
      const prune = async () => {
        tries += 1
        throw new HistoryUnavailableError(fault)
      }
      const patient = retryOnBusy({ ...store, work: { ...store.work, prune } }, clock)
      await expect(patient.work.prune(0, 0)).rejects.toMatchObject({ fault })
      expect([tries, clock.pending]).toEqual([1, 0])
      store.close()
    },
  )

  it('that is another program is waited for every 50 milliseconds, for five seconds', async () => {
    const store = openSqliteStore({ file: ':memory:' })
    const clock = createFakeClock()
    let tries = 0
    const prune = async () => {
      tries += 1
      throw new HistoryUnavailableError('busy')
    }
    const patient = retryOnBusy({ ...store, work: { ...store.work, prune } }, clock)
    const failed = expect(patient.work.prune(0, 0)).rejects.toMatchObject({ fault: 'busy' })
    await clock.advance(60_000)
    await failed
    expect(tries).toBe(101)
    store.close()
  })
})
