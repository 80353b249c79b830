import { describe, expect, it } from 'vitest'
import type { VendorClient } from '../../src/wavespeed/client.ts'
import { createListing, type Wanted } from '../../src/wavespeed/listing.ts'
import { readPrediction } from '../../src/wavespeed/prediction.ts'

const start = Date.UTC(2026, 0, 1)
type Entry = { readonly id: string; readonly at: number; readonly model?: string; readonly shown?: unknown }
type Asked = Parameters<VendorClient['list']>[0]

/** A list that holds these, newest first unless `order` says otherwise, and what it is asked. */
function listOf(entries: readonly Entry[], order = (one: Entry, other: Entry) => other.at - one.at) {
  const asked: Asked[] = []
  const sorted = [...entries].sort(order)
  const state = { isAway: false, open: Promise.resolve() }
  const search = createListing({
    async list(request) {
      asked.push(request)
      await state.open
      if (state.isAway) throw new Error('away')
      const { page, page_size, model } = request
      const after = Date.parse(request.created_after ?? '')
      const before = Date.parse(request.created_before ?? '')
      const within = sorted.filter(
        (entry) => (entry.model ?? 'm') === model && entry.at >= after && entry.at <= before,
      )
      const items = within.slice((page - 1) * page_size, page * page_size)
      const read = items.flatMap(({ id, at, shown = new Date(at).toISOString() }) => {
        return readPrediction({ id, status: id === 'odd' ? null : 'created', created_at: shown }) ?? []
      })
      return { predictions: read, size: items.length }
    },
  })
  return { search, asked, state }
}

const wanted = (id: string, change: Partial<Wanted> = {}): Wanted => ({
  model: 'm',
  from: start,
  to: start + 390_000,
  isIt: (prediction) => prediction.id === id,
  once: false,
  ...change,
})

/** So many, evenly within the window, from the newest. */
const many = (count: number, shown?: (at: number) => unknown): Entry[] =>
  Array.from({ length: count }, (_, index) => {
    const at = start + 390_000 - Math.floor((index * 390_000) / count)
    return { id: `${index}`, at, ...(shown && { shown: shown(at) }) }
  })

const ids = (found: { predictions: readonly { id: string }[] }) => found.predictions.map(({ id }) => id)

describe('a search in the list', () => {
  it.each([
    ['whatever their number', undefined],
    ['also where it tells no times', () => null],
    ['also where it tells times to the second', (at: number) => Math.floor(at / 1_000)],
    ['also where it tells times of another zone', (at: number) => at - 3_600_000],
  ])('reads all tasks of its time, %s', async (_name, shown) => {
    const { search, asked } = listOf(many(32_500, shown))
    const seen = new Set<string>()
    const found = await search(
      wanted('32499', { isIt: ({ id }) => seen.add(id).has('32499') && id === '32499' }),
    )
    expect(found.all).toBe(true)
    expect(ids(found)).toEqual(['32499'])
    expect(seen.size).toBe(32_500)
    // Some are on two pages: those of the millisecond in which a page ends.
    expect(asked.length).toBeLessThan(340)
  })

  it('asks for what is older than the page before, with no number that a newer task could shift', async () => {
    const { search, asked } = listOf(many(250))
    await search(wanted('x'))
    expect(asked.map(({ page }) => page)).toEqual([1, 1, 1])
    const [, second, third] = asked.map((request) => Date.parse(request.created_before ?? ''))
    expect([second, third]).toEqual([start + 390_000 - 99 * 1_560 + 1, start + 390_000 - 198 * 1_560 + 1])
    expect(asked.map(({ created_after }) => created_after)).toEqual(Array(3).fill('2026-01-01T00:00:00.000Z'))
    expect(asked[0]).toMatchObject({ model: 'm', page_size: 100, include_inputs: true })
  })

  it.each<[string, Entry[], ((one: Entry, other: Entry) => number)?]>([
    ['oldest first', many(251), (one, other) => one.at - other.at],
    ['one of which cannot be read', [{ id: 'odd', at: start + 389_999 }, ...many(249)]],
    [
      'that end with a whole second',
      [...many(99), { id: 'x', at: start + 5_000 }, { id: 'y', at: start + 4_000 }],
    ],
  ])('counts pages of tasks %s', async (_name, entries, order) => {
    const { search, asked } = listOf(entries, order)
    const found = await search(wanted('', { isIt: () => true }))
    const readable = entries.filter(({ id }) => id !== 'odd')
    expect(new Set(ids(found))).toEqual(new Set(readable.map(({ id }) => id)))
    expect(found.all).toBe(true)
    expect(asked[1]).toMatchObject({ page: 2, created_before: asked[0]?.created_before })
  })

  it('narrows its time to the very first moment', async () => {
    const entries = Array.from({ length: 100 }, (_, index) => ({ id: `${index}`, at: start + 1 + index }))
    const { search, asked } = listOf(entries)
    await search(wanted('x', { from: start + 1 }))
    expect(asked.map(({ page, created_before }) => [page, Date.parse(created_before ?? '') - start])).toEqual(
      [
        [1, 390_000],
        [1, 2],
      ],
    )
  })

  it('counts pages where more than one has the same millisecond', async () => {
    const { search, asked } = listOf(Array.from({ length: 250 }, (_, id) => ({ id: `${id}`, at: start + 1 })))
    expect(ids(await search(wanted('', { isIt: () => true })))).toHaveLength(250)
    expect(asked.map(({ page }) => page)).toEqual([1, 1, 2, 3])
  })

  it('ends with a page that is not full, and reads one more after one that is', async () => {
    for (const [count, pages] of [
      [0, 1],
      [99, 1],
      [100, 2],
    ] as const) {
      const { search, asked } = listOf(many(count))
      expect((await search(wanted('x'))).all).toBe(true)
      expect(asked).toHaveLength(pages)
    }
  })

  it('reads 100,000 tasks and says that there may be more', async () => {
    const { search, asked } = listOf(many(100_100, () => null))
    expect(await search(wanted('x'))).toEqual({ predictions: [], all: false })
    expect(asked).toHaveLength(1_000)
  })

  it('ends where one is enough and was found', async () => {
    const { search, asked } = listOf(many(1_000))
    const found = await search(wanted('150', { once: true }))
    expect([ids(found), found.all, asked.length]).toEqual([['150'], true, 2])
  })

  it('answers each task once, newest first', async () => {
    const entries = [...many(250), { id: 'twin', at: start + 390_000 - 99 * 1_560 }]
    const found = await listOf(entries).search(
      wanted('', { isIt: ({ id }) => ['99', 'twin', '200'].includes(id) }),
    )
    expect(ids(found)).toEqual(['99', 'twin', '200'])
  })
})

describe('several searches', () => {
  it('that begin together are one reading of the list', async () => {
    const { search, asked } = listOf(many(250))
    const all = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        search(wanted(`${index}`, { from: start + index, to: start + 390_000 + index })),
      ),
    )
    expect(all.map((found) => ids(found))).toEqual(all.map((_, index) => [`${index}`]))
    expect(asked).toHaveLength(3)
    expect(asked[0]?.created_before).toBe(new Date(start + 390_039).toISOString())
    expect(asked[0]?.created_after).toBe(new Date(start).toISOString())
  })

  it('that come while the list is read are the next reading', async () => {
    const { search, asked, state } = listOf(many(10))
    let go = () => {}
    state.open = new Promise((resolve) => {
      go = resolve
    })
    const first = search(wanted('1'))
    await new Promise((resolve) => setImmediate(resolve))
    const later = ['2', '3', '4'].map((id) => search(wanted(id)))
    await new Promise((resolve) => setImmediate(resolve))
    expect(asked).toHaveLength(1)
    go()
    expect(ids(await first)).toEqual(['1'])
    expect((await Promise.all(later)).map(ids)).toEqual([['2'], ['3'], ['4']])
    expect(asked).toHaveLength(2)
    expect(ids(await search(wanted('5')))).toEqual(['5'])
    expect(asked).toHaveLength(3)
  })

  it('of other times or another model are readings of their own', async () => {
    const entries: Entry[] = [
      { id: 'a', at: start + 50 },
      { id: 'b', at: start + 250 },
      { id: 'c', at: start + 50, model: 'n' },
    ]
    const { search, asked } = listOf(entries)
    const any = { isIt: () => true }
    const found = await Promise.all([
      search(wanted('', { ...any, from: start + 201, to: start + 300 })),
      search(wanted('', { ...any, from: start, to: start + 100 })),
      search(wanted('', { ...any, from: start + 100, to: start + 200 })),
      search(wanted('', { ...any, from: start, to: start + 100, model: 'n' })),
    ])
    expect(found.map(ids)).toEqual([['b'], ['a'], [], ['c']])
    expect(asked.map(({ model, created_before }) => `${model} ${created_before?.slice(-4)}`).sort()).toEqual([
      'm 200Z',
      'm 300Z',
      'n 100Z',
    ])
  })

  it('are each answered what was made in their own time', async () => {
    const ends = [0, 100, 101, 200, 201, 300].map((ms) => ({ id: `${ms}`, at: start + ms }))
    const { search } = listOf(ends)
    const found = await Promise.all([
      search(wanted('', { isIt: () => true, from: start, to: start + 200 })),
      search(wanted('', { isIt: () => true, from: start + 101, to: start + 300 })),
    ])
    expect(found.map(ids)).toEqual([
      ['200', '101', '100', '0'],
      ['300', '201', '200', '101'],
    ])
  })

  it('are answered a task whose time cannot be: it is in a form that is not understood', async () => {
    const odd = [start - 1, start + 301, null].map((shown, id) => ({ id: `${id}`, at: start + 150, shown }))
    const { search } = listOf(odd)
    const found = await Promise.all([
      search(wanted('', { isIt: () => true, from: start, to: start + 200 })),
      search(wanted('', { isIt: () => true, from: start + 101, to: start + 300 })),
    ])
    expect(found.map((one) => ids(one).length)).toEqual([3, 3])
  })

  it('go on until each is answered: one that is found early does not end the others', async () => {
    const { search, asked } = listOf(many(250))
    const [early, late, both] = await Promise.all([
      search(wanted('0', { once: true })),
      search(wanted('249', { once: true })),
      search(wanted('', { isIt: ({ id }) => id === '1' || id === '248' })),
    ])
    expect([early, late, both].map(ids)).toEqual([['0'], ['249'], ['1', '248']])
    expect(asked).toHaveLength(3)
  })

  it('all fail with the list, and the next is read anew', async () => {
    const { search, state } = listOf(many(10))
    state.isAway = true
    const failing = ['1', '2'].map((id) => search(wanted(id)))
    for (const one of failing) await expect(one).rejects.toThrow('away')
    state.isAway = false
    expect(ids(await search(wanted('1')))).toEqual(['1'])
  })
})
