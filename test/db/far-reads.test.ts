import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeEach, describe, expect, it } from 'vitest'
import { matchOf } from '../../src/db/sqlite/search.ts'
import type { SqliteOptions } from '../../src/db/sqlite/store.ts'
import type { JobFilter, PageQuery } from '../../src/jobs/store.ts'
import { decide, ids, openSqliteStore, record, type SqliteStore } from '../support/stores.ts'
import { withoutTextIndex } from '../support/text-index.ts'

const page = (filter: JobFilter): PageQuery => ({
  order: 'CREATED_AT',
  descending: true,
  fromEnd: false,
  limit: 20,
  filter,
})
const idOf = (index: number) => `job_${String(index).padStart(26, '0')}`

let file: string
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'wavespeed-far-reads-'))
  file = join(folder, 'jobs.db')
  return () => rmSync(folder, { recursive: true })
})

async function withStore<T>(
  use: (store: SqliteStore) => Promise<T>,
  options: Partial<SqliteOptions> = {},
): Promise<T> {
  const store = openSqliteStore({ file, walkedFirst: 1, ...options })
  try {
    return await use(store)
  } finally {
    store.close()
  }
}

async function fill(store: SqliteStore, prompts: readonly string[]): Promise<void> {
  for (const [index, prompt] of prompts.entries())
    await record(store, { id: idOf(index), prompt, createdAt: index })
}

const found = (store: SqliteStore, prompt: string) => store.page(page({ prompt })).then(ids)

describe('the thread for pages that no index answers', () => {
  it('sees what was just written, and has nothing open when the history is closed', async () => {
    await withStore(async (store) => {
      await fill(store, ['a fox', 'a heron', 'a fox'])
      expect(await found(store, 'heron')).toEqual([idOf(1)])
      await record(store, { id: idOf(3), prompt: 'two herons', createdAt: 9 })
      expect(await found(store, 'heron')).toEqual([idOf(3), idOf(1)])
    })
    // The last connection to be closed takes the log with it.
    expect(existsSync(`${file}-wal`)).toBe(false)
  })

  it('keeps no process from its end', async () => {
    const program = `
      import { openSqliteStore } from './src/db/sqlite/store.ts'
      const store = openSqliteStore({ file: ${JSON.stringify(file)} })
      const query = ${JSON.stringify(page({ prompt: 'ab' }))}
      console.log(JSON.stringify(await store.for('local').page(query)))`
    const args = ['--import', 'tsx', '--input-type=module', '--eval', program]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 })
    expect(stdout).toBe('[]\n')
  })

  it('gives up what would take longer than the limit, in words that help', async () => {
    await withStore(
      async (store) => {
        await fill(store, ['a fox', 'a fox', 'a fox'])
        await expect(found(store, 'heron')).rejects.toMatchObject({ code: 'SEARCH_TOO_LONG' })
        // What an index answers does not come here.
        expect(await store.page(page({}))).toHaveLength(3)
      },
      { farReadMs: 0 },
    )
  })

  it('refuses what waits when the history is closed', async () => {
    const store = openSqliteStore({ file })
    const waiting = found(store, 'heron')
    const refused = expect(waiting).rejects.toMatchObject({
      code: 'HISTORY_UNAVAILABLE',
      fault: 'unreachable',
    })
    store.close()
    await refused
  })

  it('tells of a fault of the file as any other read does', async () => {
    await withStore(async (store) => {
      await fill(store, ['a fox'])
      store.client.pragma('wal_checkpoint(TRUNCATE)')
      writeSync(openSync(file, 'r+'), Buffer.alloc(100, 'x'), 0, 100, 0)
      await expect(found(store, 'fox')).rejects.toMatchObject({
        code: 'HISTORY_UNAVAILABLE',
        fault: 'broken',
      })
    })
  })

  it('reads no other file that lies in the place of the history', async () => {
    await withStore(async (store) => {
      await fill(store, ['a fox'])
      rmSync(file)
      await expect(found(store, 'fox')).rejects.toMatchObject({ fault: 'replaced' })
    })
  })

  it('answers several at once', async () => {
    await withStore(async (store) => {
      await fill(store, ['a fox', 'a heron', 'a fox'])
      const texts = ['fox', 'heron', 'ab', 'a ', 'lion', 'FOX', 'x', 'on']
      const numbers = (await Promise.all(texts.map((text) => found(store, text)))).map(({ length }) => length)
      expect(numbers).toEqual([2, 1, 0, 3, 0, 2, 2, 1])
    })
  })
})

describe('the index of texts', () => {
  const size = ({ client }: SqliteStore) =>
    client.prepare('SELECT count(*), sum(length(block)) FROM jobs_text_data').get()

  it('holds what was recorded before there was one', async () => {
    await withStore(async (store) => {
      await fill(store, ['a fox', 'a heron\0 and more'])
      withoutTextIndex(store.client)
    })
    await withStore(async (store) => {
      expect(await found(store, 'heron')).toEqual([idOf(1)])
      expect(await found(store, 'more')).toEqual([idOf(1)])
      await store.remove(idOf(1), () => true, 1)
      expect(await found(store, 'heron')).toEqual([])
    })
  })

  it('follows a prompt that is changed, and is not written for anything else', async () => {
    await withStore(async (store) => {
      await fill(store, ['a fox', 'a fox', 'a fox'])
      const before = size(store)
      await store.change(idOf(1), decide({ type: 'canceled' }))
      expect(size(store)).toEqual(before)
      store.client.prepare('UPDATE jobs SET prompt = ? WHERE id = ?').run('a heron', idOf(1))
      expect(size(store)).not.toEqual(before)
      expect(await found(store, 'heron')).toEqual([idOf(1)])
      expect(await found(store, 'fox')).toEqual([idOf(2), idOf(0)])
    })
  })

  it.each([
    ['', null],
    ['ab', null],
    ['猫犬', null],
    ['😀😀', null],
    ['abc', '"abc"'],
    ['a"b', `"a\\""" AND "\\""b"`],
    ['abab a', '"aba" AND "bab" AND "ab " AND "b a"'],
    ['猫犬😀', '"猫犬😀"'],
  ])('is asked for %j by what is in each three characters', (text, match) => {
    expect(matchOf(text)).toBe(match)
  })

  it('is asked for a bounded number of them', () => {
    const text = Array.from({ length: 1_000 }, (_, index) => String.fromCodePoint(0x4e00 + index)).join('')
    expect(matchOf(text)?.split(' AND ').length).toBe(48)
  })
})
