import { beforeEach, describe, expect, it } from 'vitest'
import type { PageQuery } from '../../src/jobs/store.ts'
import { sampleInput, sampleJob } from '../support/job.ts'
import type { JobStore } from '../support/stores.ts'
import { decide, ids, stores, useStore } from '../support/stores.ts'

const page: PageQuery = { order: 'CREATED_AT', descending: true, filter: {}, fromEnd: false, limit: 10 }

describe.each(stores)('reading from the store on $name', ({ open }) => {
  const opened = useStore(open)
  const { insert } = opened
  let store: JobStore
  beforeEach(() => {
    store = opened.store
  })

  it('answers many jobs in the order they were asked for, null for the unknown', async () => {
    await insert({ id: 'a' })
    await insert({ id: 'b' })
    expect((await store.jobs(['b', 'x', 'a'])).map((job) => job?.id ?? null)).toEqual(['b', null, 'a'])
  })

  it('lists the same jobs without their inputs, where nobody asks for them', async () => {
    for (const [index, id] of ['a', 'b', 'c'].entries()) await insert({ id, createdAt: 1_000 + index })
    const filter = { prompt: 'FOX', states: ['QUEUED' as const] }
    for (const query of [page, { ...page, filter }, { ...page, fromEnd: true, limit: 2 }]) {
      const expected = (await store.page(query)).map(({ input: _, prompt: _prompt, ...listed }) => listed)
      expect(expected.length).toBeGreaterThan(1)
      expect(await store.listing(query)).toEqual(expected)
    }
    expect((await store.listed(['b', 'x', 'a'])).map((job) => job?.id ?? null)).toEqual(['b', null, 'a'])
    expect(await store.listed(['b'])).not.toHaveProperty('0.input')
  })

  it('knows no job by a text that no id can be', async () => {
    await insert({ id: 'a' })
    for (const id of ['a\0', '\0', '\ud800']) {
      expect(await store.job(id)).toBeNull()
      expect(await store.jobs([id, 'a'])).toMatchObject([null, { id: 'a' }])
      expect(await store.timelines([id])).toEqual([[]])
      expect(await store.queuePositions([id], { windowStart: 0 })).toEqual([null])
      expect(await store.retries([id])).toEqual([[]])
      expect(await store.change(id, () => null)).toBeNull()
      expect(await store.remove(id, () => true, 9_000)).toBeNull()
      expect(await store.jobOfPrediction(id)).toBeNull()
      expect(ids(await store.page({ ...page, descending: false, after: { value: 0, id } }))).toEqual(['a'])
    }
  })

  it('knows the position of each waiting job, counted from the oldest', async () => {
    await insert({ id: 'b', createdAt: 2_000 })
    await insert({ id: 'a', createdAt: 1_000 })
    await insert({ id: 'r', createdAt: 500, state: 'PROCESSING' })
    expect(await store.queuePositions(['a', 'b', 'r'], { windowStart: 0 })).toEqual([1, 2, null])
  })

  it.each([1, 3, 40])(
    'knows the positions of %i jobs at once, in any order and of equal times',
    async (count) => {
      const queue = Array.from({ length: 50 }, (_, index) => `q${String(index).padStart(2, '0')}`)
      // Several of each time, so that the id breaks the tie; jobs that do not wait stand between them.
      for (const [index, id] of queue.entries()) {
        await insert({ id, createdAt: Math.floor(index / 4) })
        await insert({ id: `${id} sent`, createdAt: Math.floor(index / 4), state: 'CREATED' })
      }
      const asked = Array.from({ length: count }, (_, index) => queue[(index * 17 + 49) % 50] ?? '')
      const positions = asked.map((id) => queue.indexOf(id) + 1)
      expect(await store.queuePositions(asked, { windowStart: 0 })).toEqual(positions)
      expect(
        await store.queuePositions([...asked, 'job_unknown', 'q00 sent', ...asked], { windowStart: 0 }),
      ).toEqual([...positions, null, null, ...positions])
      expect(await store.queuePositions([], { windowStart: 0 })).toEqual([])
    },
  )

  it('knows the retries of a job, oldest first', async () => {
    await insert({ id: 'a', state: 'FAILED' })
    await insert({ id: 'c', retryOf: 'a', createdAt: 3_000 })
    await insert({ id: 'b', retryOf: 'a', createdAt: 2_000 })
    const [ofA, ofB] = await store.retries(['a', 'b'])
    expect(ids(ofA ?? [])).toEqual(['b', 'c'])
    expect(ofB).toEqual([])
  })

  describe('a page', () => {
    beforeEach(async () => {
      // Two jobs of the same millisecond: the id breaks the tie.
      for (const [id, createdAt, updatedAt] of [
        ['a', 1_000, 9_000],
        ['b', 2_000, 8_000],
        ['c', 2_000, 7_000],
        ['d', 3_000, 6_000],
      ] as const) {
        await insert({ id, createdAt, updatedAt, input: { ...sampleInput, prompt: `A Fox ${id}` } })
      }
    })

    it('comes in each order', async () => {
      expect(ids(await store.page(page))).toEqual(['d', 'c', 'b', 'a'])
      expect(ids(await store.page({ ...page, descending: false }))).toEqual(['a', 'b', 'c', 'd'])
      expect(ids(await store.page({ ...page, order: 'UPDATED_AT' }))).toEqual(['a', 'b', 'c', 'd'])
    })

    it('walks forwards and backwards without a gap or a repeat', async () => {
      const after = { value: 2_000, id: 'c' }
      expect(ids(await store.page({ ...page, after, limit: 1 }))).toEqual(['b'])
      expect(
        ids(await store.page({ ...page, before: { value: 1_000, id: 'a' }, fromEnd: true, limit: 2 })),
      ).toEqual(['c', 'b'])
      expect(ids(await store.page({ ...page, after, before: { value: 1_000, id: 'a' } }))).toEqual(['b'])
    })

    it('orders what is of one time by the bytes of the ids', async () => {
      const added = ['é', 'z', 'aa', 'Z', 'a_', 'a-b', '\u{1f98a}', 'ab']
      for (const id of added) await insert({ id, createdAt: 9_000 })
      const expected = added.sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
      const ascending = { ...page, descending: false, limit: 3 }
      const read: string[] = []
      for (let after = { value: 8_000, id: '' }; ; after = { value: 9_000, id: read.at(-1) ?? '' }) {
        const next = ids(await store.page({ ...ascending, after }))
        read.push(...next)
        if (next.length === 0) break
      }
      expect(read).toEqual(expected)
      expect(await store.queuePositions(expected, { windowStart: 0 })).toEqual(
        expected.map((_, index) => index + 5),
      )
    })

    it('holds only what every condition of the filter allows', async () => {
      const filtered = async (filter: PageQuery['filter']) => ids(await store.page({ ...page, filter }))
      await store.change('b', decide({ type: 'claimed' }))
      expect(await filtered({ states: ['SUBMITTING'] })).toEqual(['b'])
      expect(await filtered({ states: ['SUBMITTING', 'QUEUED'], createdAfter: 1_500 })).toEqual([
        'd',
        'c',
        'b',
      ])
      expect(await filtered({ states: [] })).toEqual([])
      expect(await filtered({ models: ['another'] })).toEqual([])
      expect(await filtered({ models: ['another', sampleJob().model], createdBefore: 2_000 })).toEqual(['a'])
      expect(await filtered({ prompt: 'fOX C' })).toEqual(['c'])
      expect(await filtered({ prompt: '%' })).toEqual([])
    })
  })
})
