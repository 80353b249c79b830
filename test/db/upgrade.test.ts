import { existsSync, readdirSync } from 'node:fs'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../src/db/sqlite/store.ts'
import { writeOldFile } from '../support/old-histories.ts'

const broken = {
  table: 'jobs',
  row: {
    id: 'a',
    version: 1,
    state: 'QUEUED',
    model: 'm',
    input: '[]', // No object.
    prompt: '',
    seed_drawn: false,
    created_at: 1,
    updated_at: 1,
    outputs: '[]',
    run_at: 1,
  },
}

/** How many there are to take, with that one. */
function stepsFrom(name: string): number {
  const steps = readdirSync('src/db/sqlite/migrations').filter((file) => file.endsWith('.sql'))
  return steps.sort().length - steps.findIndex((file) => file.endsWith(`_${name}.sql`))
}

describe('a file of an older version', () => {
  function open(file: string) {
    const told: string[] = []
    openSqliteStore({
      file,
      onMigrated: (steps) => told.push(`${steps} steps`),
      onPutAside: (rows) => told.push(`${rows} put aside`),
    }).close()
    return told
  }

  it('is brought up to date, which is told with what could not be read', () => {
    expect(open(writeOldFile('text_index', []))).toEqual([`${stepsFrom('text_index')} steps`])
    const file = writeOldFile('tenants', [broken])
    expect(open(file)).toEqual([`${stepsFrom('tenants')} steps`, '1 put aside'])
    expect(open(file)).toEqual([])
  })

  it('is so, too, where nobody is to be told', () => {
    const file = writeOldFile('tenants', [broken])
    openSqliteStore({ file }).close()
    expect(open(file)).toEqual([])
  })

  it('of a newer one is refused, and nothing of it stays open', () => {
    const file = writeOldFile('text_index', [])
    open(file)
    const client = new Database(file)
    client.exec('UPDATE __drizzle_migrations SET created_at = created_at + 1e12')
    client.close()
    expect(() => open(file)).toThrow('newer version')
    expect(['-wal', '-shm'].filter((suffix) => existsSync(file + suffix))).toEqual([])
  })
})
