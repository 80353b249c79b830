import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jobStates } from '../../src/jobs/state.ts'
import type { JobFilter, JobOrder, PageQuery } from '../../src/jobs/store.ts'
import type { TenantId } from '../../src/jobs/tenant.ts'
import { matches } from '../../src/service/follow.ts'
import { sampleJob } from '../support/job.ts'
import { ids, inMemory, stores, useStore } from '../support/stores.ts'

/** What is easily taken for something else: by LIKE, by FTS5, by JSON, by lower() of some language, by a tokenizer. */
const characters = [
  ...[
    'a',
    'A',
    'b',
    'B',
    'k',
    'K',
    '0',
    ' ',
    '\n',
    '\t',
    '%',
    '_',
    '\\',
    '"',
    "'",
    '*',
    '-',
    '(',
    ':',
    '^',
    '\u0001',
  ],
  ...[
    'é',
    'É',
    'ß',
    'ẞ',
    'İ',
    'ı',
    'Σ',
    'ς',
    'σ',
    '\u212a',
    '猫',
    '犬',
    'か',
    '\u0301',
    '\u200d',
    '😀',
    '👩‍🚀',
    '\ufffd',
  ],
]
const text = (maxLength: number) =>
  fc.array(fc.constantFrom(...characters), { maxLength }).map((some) => some.join(''))

const page = (filter: JobFilter, more: Partial<PageQuery> = {}): PageQuery => ({
  order: 'CREATED_AT',
  descending: true,
  fromEnd: false,
  limit: 100,
  filter,
  ...more,
})
const idOf = (index: number) => `job_${String(index).padStart(26, '0')}`
const other = 'another' as TenantId

describe.each([...stores, inMemory])('searching on $name', ({ name, open }) => {
  // So few that the indexes are asked.
  const walkedFirst = 20
  const opened = useStore(() => open({ walkedFirst }))

  /** Jobs with these prompts, the states and models in turn, all of one tenant. */
  async function record(prompts: readonly string[], tenant = sampleJob().tenant, from = 0) {
    const jobs = prompts.map((prompt, index) =>
      sampleJob({
        id: idOf(from + index),
        tenant,
        prompt,
        state: jobStates[index % jobStates.length] ?? 'QUEUED',
        model: `m${index % 2}`,
        createdAt: 1_000 + Math.floor(index / 2),
        updatedAt: 9_000 - index * ((index % 3) + 1),
      }),
    )
    for (const job of jobs) {
      const { version, updatedAt: at, state } = job
      await opened.store.for(tenant).insert(job, { version, at, state, message: 'Recorded.' })
    }
    return jobs
  }

  it('finds exactly the jobs that a stream with the same filter tells of, in order and in pages', async () => {
    // PostgreSQL keeps no U+0000; SQLite does.
    const withNul = name !== 'PostgreSQL' ? [...characters, '\0'] : characters
    const given = fc.sample(
      fc.array(fc.constantFrom(...withNul), { maxLength: 14 }).map((some) => some.join('')),
      { numRuns: 150, seed: 7 },
    )
    const jobs = await record(given)
    const sought = fc.oneof(
      { weight: 1, arbitrary: text(4) },
      // What is there, in other letters.
      {
        weight: 4,
        arbitrary: fc
          .record({
            from: fc.constantFrom(...given),
            start: fc.nat(8),
            length: fc.integer({ min: 1, max: 6 }),
          })
          .map(({ from, start, length }) => [...from].slice(start, start + length).join(''))
          .map((part) => part.replace(/[ab]/g, (letter) => letter.toUpperCase())),
      },
    )
    const filters = fc.record(
      {
        prompt: sought.filter((some) => some !== ''),
        states: fc.subarray([...jobStates], { minLength: 1 }),
        models: fc.subarray(['m0', 'm1', 'm2'], { minLength: 1 }),
        createdAfter: fc.integer({ min: 990, max: 1_080 }),
        createdBefore: fc.integer({ min: 990, max: 1_080 }),
      },
      { requiredKeys: [] },
    )
    const queries = fc.record({
      filter: filters,
      order: fc.constantFrom<JobOrder>('CREATED_AT', 'UPDATED_AT'),
      descending: fc.boolean(),
      fromEnd: fc.boolean(),
      limit: fc.integer({ min: 1, max: 30 }),
      after: fc.option(fc.constantFrom(...jobs), { nil: undefined }),
      before: fc.option(fc.constantFrom(...jobs), { nil: undefined, freq: 2 }),
    })
    const check = fc.asyncProperty(queries, async ({ after, before, ...query }) => {
      const placeOf = (job: (typeof jobs)[number]) =>
        query.order === 'CREATED_AT' ? job.createdAt : job.updatedAt
      const sign = query.descending ? -1 : 1
      const compare = (one: (typeof jobs)[number], another: (typeof jobs)[number]) =>
        sign * (placeOf(one) - placeOf(another) || (one.id < another.id ? -1 : one.id > another.id ? 1 : 0))
      const wanted = jobs
        .filter((job) => matches(job, query.filter))
        .filter((job) => (!after || compare(job, after) > 0) && (!before || compare(job, before) < 0))
        .sort(compare)
      const expected = query.fromEnd ? wanted.slice(-query.limit) : wanted.slice(0, query.limit)
      const found = await opened.store.page({
        ...query,
        ...(after && { after: { value: placeOf(after), id: after.id } }),
        ...(before && { before: { value: placeOf(before), id: before.id } }),
      })
      expect(ids(found)).toEqual(ids(expected))
    })
    await fc.assert(check, { numRuns: 400, seed: 11 })
  })

  it('finds a text of one or two characters', async () => {
    await record(['ab', 'a cat', 'xAb', '猫犬', 'a b'])
    expect(ids(await opened.store.page(page({ prompt: 'AB' })))).toEqual([idOf(2), idOf(0)])
    expect(ids(await opened.store.page(page({ prompt: '猫犬' })))).toEqual([idOf(3)])
    expect(ids(await opened.store.page(page({ prompt: '犬' })))).toEqual([idOf(3)])
  })

  it('finds a rare text and a frequent one beyond the rows that are walked first', async () => {
    const prompts = Array.from({ length: 300 }, (_, index) => (index < 100 ? `a heron ${index}` : 'a fox'))
    await record(['a rare bird', ...prompts])
    const first = (filter: JobFilter, more: Partial<PageQuery> = {}) =>
      opened.store.page(page(filter, { limit: 2, ...more })).then(ids)
    expect(await first({ prompt: 'rare' })).toEqual([idOf(0)])
    expect(await first({ prompt: 'HERON' })).toEqual([idOf(100), idOf(99)])
    expect(await first({ prompt: 'heron', models: ['m1'] })).toEqual([idOf(99), idOf(97)])
    expect(await first({ prompt: 'heron' }, { fromEnd: true })).toEqual([idOf(2), idOf(1)])
    expect(await first({ prompt: 'he' })).toEqual([idOf(100), idOf(99)])
    expect(await first({ prompt: 'a fox' }, { descending: false })).toEqual([idOf(101), idOf(102)])
    expect(await first({ prompt: 'a foxes' })).toEqual([])
  })

  it('finds nothing of another tenant', async () => {
    await record(['a heron', 'ab'])
    await record(['a heron', 'ab'], other, 10)
    const foundBy = async (tenant: TenantId, prompt: string) =>
      ids(await opened.store.for(tenant).page(page({ prompt })))
    expect(await foundBy(sampleJob().tenant, 'heron')).toEqual([idOf(0)])
    expect(await foundBy(other, 'heron')).toEqual([idOf(10)])
    expect(await foundBy(other, 'ab')).toEqual([idOf(11)])
    expect(await foundBy('nobody' as TenantId, 'heron')).toEqual([])
  })

  it('no longer finds a job that was deleted, and still one that was changed', async () => {
    await record(['a heron', 'a heron'])
    await opened.store.remove(idOf(0), () => true, 10_000)
    expect(ids(await opened.store.page(page({ prompt: 'heron' })))).toEqual([idOf(1)])
    await opened.reopen()
    expect(ids(await opened.store.page(page({ prompt: 'heron' })))).toEqual([idOf(1)])
  })
})
