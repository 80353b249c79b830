import { describe, expect, it } from 'vitest'
import type { ListedJob } from '../../src/jobs/job.ts'
import type { PageQuery } from '../../src/jobs/store.ts'
import { connectionOf, type Order, pageQuery } from '../../src/schema/page.ts'
import { sampleJob } from '../support/job.ts'

const created: Order = { by: 'CREATED_AT', descending: true }
const updated: Order = { by: 'UPDATED_AT', descending: false }
const listed = (id: string, createdAt: number, updatedAt: number): ListedJob =>
  sampleJob({ id, createdAt, updatedAt })

/** The place that a job's own cursor names, in a list of this order. */
function placeOf(job: ListedJob, order: Order) {
  const { edges } = connectionOf([job], pageQuery({}, order, {}), order)
  return pageQuery({ after: edges[0]?.cursor }, order, {}).after
}

describe('the cursor of a job', () => {
  it('names its time in the order of its list, and its id', () => {
    const job = listed('a', 1_000, 2_000)
    expect(placeOf(job, created)).toEqual({ value: 1_000, id: 'a' })
    expect(placeOf(job, updated)).toEqual({ value: 2_000, id: 'a' })
  })

  it('is another one for another job of the same millisecond', () => {
    expect(placeOf(listed('a', 1_000, 2_000), updated)).toEqual({ value: 2_000, id: 'a' })
    expect(placeOf(listed('b', 1_000, 2_000), updated)).toEqual({ value: 2_000, id: 'b' })
  })

  it('of another list is refused by the name of its order, cut', () => {
    const forged = Buffer.from(JSON.stringify(['x'.repeat(100), 1, 'a'])).toString('base64url')
    expect(() => pageQuery({ after: forged }, created, {})).toThrow(`(${'x'.repeat(20)})`)
  })
})

describe('the query for a page', () => {
  it('asks for one row more than the page holds, which has 20 if nothing is said', () => {
    expect(pageQuery({}, created, { states: ['QUEUED'] })).toEqual({
      order: 'CREATED_AT',
      descending: true,
      filter: { states: ['QUEUED'] },
      fromEnd: false,
      limit: 21,
    })
    expect(pageQuery({ first: 5 }, updated, {})).toMatchObject({
      order: 'UPDATED_AT',
      limit: 6,
      fromEnd: false,
    })
    expect(pageQuery({ last: 5 }, created, {})).toMatchObject({ limit: 6, fromEnd: true })
  })

  it.each([
    ['first', 0],
    ['first', 100],
    ['last', 0],
    ['last', 100],
  ])('may have a size of this (%s: %i)', (side, size) => {
    expect(pageQuery({ [side]: size }, created, {}).limit).toBe(size + 1)
  })

  it.each([
    ['first', -1],
    ['first', 101],
    ['last', -1],
    ['last', 101],
  ])('is refused by the name of its argument beyond that (%s: %i)', (side, size) => {
    expect(() => pageQuery({ [side]: size }, created, {})).toThrow(`\`${side}\` is ${size}; it has to be`)
  })

  it('takes null for nothing said', () => {
    const nothing = { first: null, last: null, after: null, before: null }
    expect(pageQuery(nothing, created, {})).toEqual(pageQuery({}, created, {}))
    expect(pageQuery({ first: 3, last: null }, created, {}).limit).toBe(4)
  })
})

describe('a connection', () => {
  const rows = ['a', 'b', 'c'].map((id, index) => listed(id, index, index))
  const ids = (query: PageQuery) => connectionOf(rows, query, created).edges.map(({ node }) => node.id)

  it('leaves out the row that was read besides, at the side that the page goes on', () => {
    expect(ids(pageQuery({ first: 2 }, created, {}))).toEqual(['a', 'b'])
    expect(ids(pageQuery({ last: 2 }, created, {}))).toEqual(['b', 'c'])
    expect(ids(pageQuery({ first: 3 }, created, {}))).toEqual(['a', 'b', 'c'])
  })

  it('without rows has no cursors', () => {
    expect(connectionOf([], pageQuery({}, created, {}), created)).toEqual({
      edges: [],
      pageInfo: { startCursor: null, endCursor: null, hasNextPage: false, hasPreviousPage: false },
    })
  })
})
