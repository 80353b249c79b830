import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { transition } from '../../src/jobs/state.ts'
import { sampleJob } from '../support/job.ts'
import { openSqliteStore, type SqliteStore } from '../support/stores.ts'

const entry = { version: 1, at: 1_000, state: 'QUEUED', message: 'Recorded.' } as const
const claim = {
  now: 2_000,
  windowStart: 0,
  limits: { videosPerMinute: 9, concurrency: 9 },
  lease: { owner: 'me', until: 9_000 },
  decide: (job: Parameters<typeof transition>[0]) => transition(job, { type: 'claimed' }, 2_000),
}

let folder: string
let store: SqliteStore | null
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'wavespeed-file-')))
  mkdirSync(join(folder, 'data'))
  store = null
})
afterEach(() => {
  store?.close()
  rmSync(folder, { recursive: true })
})

const file = () => join(folder, 'data', 'jobs.db')
const aside = (path: string) => join(folder, `${path.replaceAll('/', '_')}.aside`)
const away = (path: string) => renameSync(path, aside(path))
const back = (path: string) => {
  rmSync(path, { recursive: true, force: true })
  renameSync(aside(path), path)
}

/** What happens to the file, and how it is undone; null where it cannot be. */
const losses: { name: string; lose: () => void; restore: (() => void) | null }[] = [
  { name: 'was removed', lose: () => rmSync(file()), restore: null },
  { name: 'was moved away', lose: () => away(file()), restore: () => back(file()) },
  {
    name: 'was replaced by a copy of itself',
    lose: () => {
      away(file())
      copyFileSync(aside(file()), file())
    },
    restore: () => back(file()),
  },
  {
    name: 'is in a folder that was replaced',
    lose: () => {
      away(join(folder, 'data'))
      mkdirSync(join(folder, 'data'))
      writeFileSync(file(), '')
    },
    restore: () => back(join(folder, 'data')),
  },
  { name: 'lost its write-ahead log', lose: () => rmSync(`${file()}-wal`), restore: null },
  {
    name: "lost its write-ahead log's index",
    lose: () => away(`${file()}-shm`),
    restore: () => back(`${file()}-shm`),
  },
  { name: 'lost its lock', lose: () => away(`${file()}.lock`), restore: () => back(`${file()}.lock`) },
]

describe('a history whose file is not the one that lies at its path any more', () => {
  it.each(losses)('takes no job and lets none start: it $name', async ({ lose, restore }) => {
    store = openSqliteStore({ file: file() })
    const known = sampleJob()
    await store.insert(known, entry)
    lose()
    const replaced = expect.objectContaining({ code: 'HISTORY_UNAVAILABLE', fault: 'replaced' })
    await expect(store.insert(sampleJob({ id: 'job_new' }), entry)).rejects.toEqual(replaced)
    await expect(store.claim(claim)).rejects.toEqual(replaced)
    await expect(store.change(known.id, claim.decide)).rejects.toEqual(replaced)
    await expect(store.remove(known.id, () => true, 9_000)).rejects.toEqual(replaced)
    await expect(store.checkWritable()).rejects.toEqual(replaced)
    await expect(store.ping()).rejects.toEqual(replaced)
    expect(await store.job('job_new')).toBeNull()
    expect(await store.job(known.id)).toEqual(known)
    if (restore === null) return
    restore()
    await store.ping()
    expect(await store.claim(claim)).toMatchObject({ kind: 'claimed' })
  })

  it('notices a link that was turned to another file', async () => {
    const link = join(folder, 'history.db')
    const other = join(folder, 'other.db')
    openSqliteStore({ file: other }).close()
    symlinkSync(file(), link)
    store = openSqliteStore({ file: link })
    await store.insert(sampleJob(), entry)
    rmSync(link)
    symlinkSync(other, link)
    await expect(store.claim(claim)).rejects.toEqual(expect.objectContaining({ fault: 'replaced' }))
    rmSync(link)
    symlinkSync(file(), link)
    expect(await store.claim(claim)).toMatchObject({ kind: 'claimed' })
  })
})

describe('the file of a history', () => {
  const names: { name: string; make: () => string }[] = [
    { name: 'a symbolic link to it', make: () => link(file(), join(folder, 'link.db')) },
    {
      name: 'a symbolic link to its folder',
      make: () => join(link(join(folder, 'data'), join(folder, 'link')), 'jobs.db'),
    },
    { name: 'its path relative to here', make: () => relative(process.cwd(), file()) },
    { name: 'a path with detours', make: () => `${folder}/data/../data/./jobs.db` },
  ]
  function link(target: string, path: string): string {
    symlinkSync(target, path)
    return path
  }

  it.each(names)('is held by one gateway, also under $name', ({ make }) => {
    store = openSqliteStore({ file: file() })
    const other = make()
    expect(() => openSqliteStore({ file: other })).toThrow(/Another gateway has the history .* open/)
    store.close()
    store = openSqliteStore({ file: other })
    expect(() => openSqliteStore({ file: file() })).toThrow(/Another gateway has the history .* open/)
  })

  it('is not opened under a second name of its own, in another folder either', async () => {
    store = openSqliteStore({ file: file() })
    linkSync(file(), join(folder, 'second.db'))
    expect(() => openSqliteStore({ file: join(folder, 'second.db') })).toThrow(/second\.db has another name/)
    await store.insert(sampleJob(), entry)
    expect(await store.claim(claim)).toMatchObject({ kind: 'claimed' })
  })

  it('is made where a link leads that leads nowhere yet', () => {
    symlinkSync(file(), join(folder, 'link.db'))
    store = openSqliteStore({ file: join(folder, 'link.db') })
    expect(statSync(file()).size).toBeGreaterThan(0)
  })

  it('and those beside it can be read by their owner only', () => {
    store = openSqliteStore({ file: file() })
    for (const suffix of ['', '-wal', '-shm', '.lock']) {
      expect(statSync(file() + suffix).mode & 0o777, suffix).toBe(0o600)
    }
  })
})
