import { beforeEach, describe, expect, it } from 'vitest'
import type { ChangePlace } from '../../src/jobs/store.ts'
import { eventually } from '../support/eventually.ts'
import { decide, type JobStore, stores, useStore } from '../support/stores.ts'

describe.each(stores)('what was written, on $name,', ({ open }) => {
  const opened = useStore(open)
  const { insert } = opened
  let store: JobStore
  beforeEach(() => {
    store = opened.store
  })

  const cancel = (id: string) => store.change(id, decide({ type: 'canceled' }))
  /** What comes after a place, until it is as expected: only what no open transaction of the server can come before is read. */
  async function behind(place: ChangePlace, expected: object, limit = 10) {
    await eventually(async () => {
      const { jobs, isLast } = await store.changes.changesAfter(place, limit)
      const read = jobs.map(({ id, version }) => `${id} ${version}`).sort()
      expect({ read, isLast }).toEqual(expected)
    })
    return store.changes.changesAfter(place, limit)
  }
  const beginning = { transaction: 0, sequence: 0 }

  it('has a place at its end, behind which is nothing', async () => {
    const empty = await store.changes.latest()
    await insert({ id: 'a' })
    await behind(empty, { read: ['a 1'], isLast: true })
    const latest = await store.changes.latest()
    const read = await store.changes.changesAfter(latest, 10)
    expect(read).toEqual({ jobs: [], place: latest, isLast: true })
  })

  it('has a place at its end that stays where it is, though what was deleted is forgotten', async () => {
    await insert({ id: 'a' })
    await cancel('a')
    await store.remove('a', () => true, 9_000)
    const before = await store.changes.latest()
    await store.prune(20_000, 10_000)
    const { transaction, sequence } = await store.changes.latest()
    expect(transaction).toBeGreaterThanOrEqual(before.transaction)
    expect(sequence).toBe(before.sequence)
  })

  it('is read as each job stands, once, however often it was changed', async () => {
    await insert({ id: 'a' })
    await insert({ id: 'b' })
    await cancel('a')
    const { jobs } = await behind(beginning, { read: ['a 2', 'b 1'], isLast: true })
    expect(jobs.find(({ id }) => id === 'a')).toEqual(await store.job('a'))
  })

  it('is read on behind the place of the page before', async () => {
    for (const id of ['a', 'b', 'c']) await insert({ id })
    await behind(beginning, { read: ['a 1', 'b 1', 'c 1'], isLast: true })
    const first = await behind(beginning, { read: ['a 1', 'b 1'], isLast: false }, 2)
    const second = await behind(first.place, { read: ['c 1'], isLast: true }, 2)
    await insert({ id: 'd' })
    const third = await behind(second.place, { read: ['d 1'], isLast: false }, 1)
    await behind(third.place, { read: [], isLast: true }, 1)
  })

  it('leaves out what was deleted, and goes on behind it', async () => {
    await insert({ id: 'a' })
    await cancel('a')
    await store.remove('a', () => true, 9_000)
    await insert({ id: 'b' })
    const { place } = await behind(beginning, { read: ['b 1'], isLast: true })
    await behind(place, { read: [], isLast: true })
  })
})
