import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFolderArchive } from '../../src/archive/folder.ts'
import { copyHistory } from '../../src/db/copy-history.ts'
import { explainFileFault } from '../../src/file-fault.ts'
import { openSqliteStore } from '../support/stores.ts'

const nobody = 65_534
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wavespeed-start-'))
})
afterEach(() => {
  process.seteuid?.(process.getuid?.() ?? 0)
  rmSync(folder, { recursive: true })
})

/** From here on root's rights are not ours; others never had them. */
function giveUpRights(): void {
  if (process.getuid?.() === 0) process.seteuid?.(nobody)
}

describe('a history that cannot be opened says which variable, which path, why and what helps:', () => {
  const at = (name: string) => join(folder, name)
  const places: { name: string; make: () => string; words: RegExp }[] = [
    {
      name: 'a folder lies there',
      make() {
        mkdirSync(at('jobs.db'))
        return at('jobs.db')
      },
      words: /it is a folder.*name a file in it/,
    },
    {
      name: 'a part of the path is a file',
      make() {
        writeFileSync(at('file'), '')
        return at('file/jobs.db')
      },
      words: /a part of its path is a file and no folder.*name another path/,
    },
    {
      name: 'a part further up is a file',
      make() {
        writeFileSync(at('file'), '')
        return at('file/data/jobs.db')
      },
      words: /a part of its path is a file and no folder/,
    },
    {
      name: 'a link leads into nothing',
      make() {
        symlinkSync(at('missing/jobs.db'), at('jobs.db'))
        return at('jobs.db')
      },
      words: /a folder or a link on its path leads nowhere.*make what is missing/,
    },
    {
      name: 'links lead in a circle',
      make() {
        symlinkSync(at('jobs.db'), at('jobs.db'))
        return at('jobs.db')
      },
      words: /links on its path lead in a circle/,
    },
    { name: 'the name is too long', make: () => at('x'.repeat(300)), words: /its path is too long/ },
    {
      name: 'the file is no database',
      make() {
        writeFileSync(at('jobs.db'), 'a text, and a long one, '.repeat(100))
        return at('jobs.db')
      },
      words: /file is not a database.*name another file/,
    },
    {
      name: 'the folder may not be written',
      make() {
        mkdirSync(at('data'), { mode: 0o555 })
        chmodSync(folder, 0o755)
        giveUpRights()
        return at('data/jobs.db')
      },
      words: /may not read or write there.*give its user the folder/,
    },
    {
      name: 'the folder cannot be made',
      make() {
        chmodSync(folder, 0o555)
        giveUpRights()
        return at('data/jobs.db')
      },
      words: /may not read or write there \(at .*\/data\)/,
    },
    {
      name: 'the files may not be written',
      make() {
        openSqliteStore({ file: at('jobs.db') }).close()
        chmodSync(at('jobs.db'), 0o444)
        if (process.getuid?.() === 0)
          for (const path of [folder, at('jobs.db')]) chownSync(path, nobody, nobody)
        giveUpRights()
        return at('jobs.db')
      },
      words: /cannot be opened.*give the user of the gateway the file and its folder/,
    },
  ]
  it.each(places)('$name', ({ make, words }) => {
    const file = make()
    let message = ''
    try {
      openSqliteStore({ file }).close()
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).toMatch(words)
    expect(message).toMatch(/^DATABASE_URL: the history /)
    expect(message).toContain(file)
  })

  it.each([
    'EROFS',
    'ENOSPC',
    'EDQUOT',
    'EMFILE',
    'EIO',
    'SQLITE_FULL',
    'SQLITE_IOERR_SHMSIZE',
    'SQLITE_CORRUPT',
  ])('and %s', (code) => {
    const fault = explainFileFault(
      Object.assign(new Error('no'), { code }),
      'DATABASE_URL',
      'the history',
      '/x',
    )
    expect((fault as Error).message).toMatch(
      /^DATABASE_URL: the history \/x cannot be used: .+ To mend it, .+\.$/,
    )
  })

  it('a newer version has used it; nothing is changed then', () => {
    const file = at('jobs.db')
    openSqliteStore({ file }).close()
    const client = new Database(file)
    client.exec(`INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('x', ${Date.UTC(2100, 0, 1)})`)
    const steps = () => client.prepare('SELECT count(*) AS count FROM __drizzle_migrations').get()
    const before = steps()
    expect(() => openSqliteStore({ file })).toThrow(
      /jobs\.db was used by a newer version of the gateway \(its tables are of 2100-01-01/,
    )
    expect(steps()).toEqual(before)
    client.close()
  })

  it('nothing is there to be copied', async () => {
    const copied = copyHistory({ file: at('typo.db'), url: 'postgres://127.0.0.1:1/jobs' })
    await expect(copied).rejects.toThrow(`There is no history at ${at('typo.db')}.`)
  })
})

it('tables that are made or upgraded are told once, with the number of steps', () => {
  const told: number[] = []
  const onMigrated = (steps: number) => void told.push(steps)
  const file = join(folder, 'jobs.db')
  openSqliteStore({ file, onMigrated }).close()
  openSqliteStore({ file, onMigrated }).close()
  const steps = readdirSync('src/db/sqlite/migrations').filter((name) => name.endsWith('.sql'))
  expect(told).toEqual([steps.length])
})

it('an archive that cannot be written says which variable, which path, why and what helps', async () => {
  writeFileSync(join(folder, 'file'), '')
  const archive = createFolderArchive(join(folder, 'file', 'outputs'))
  const words = /^ARCHIVE_URL: the archive .*\/file\/outputs cannot be used: a part of its path is a file/
  await expect(archive.check()).rejects.toThrow(words)
  await expect(archive.recover(0)).rejects.toThrow(words)
  const file = { contentType: 'video/mp4', body: (async function* () {})() }
  const key = 'job_00000000000000000000000000/0.mp4'
  await expect(archive.put(key, file, new AbortController().signal)).rejects.toThrow(words)
})
