import { describe, expect, it } from 'vitest'
import { decoded, encoded } from '../../src/db/columns.ts'
import { createPages, createSteps, walksFar } from '../../src/db/pages.ts'
import { codec, dialect } from '../../src/db/postgres/execute.ts'
import type { JobFilter, PageQuery } from '../../src/jobs/store.ts'

const query = (filter: JobFilter, order: PageQuery['order'] = 'CREATED_AT'): PageQuery => ({
  order,
  descending: true,
  filter,
  fromEnd: false,
  limit: 1,
})

describe('a page', () => {
  it.each<[JobFilter, order: PageQuery['order'], far: boolean]>([
    [{}, 'CREATED_AT', false],
    [{ createdAfter: 1, createdBefore: 2 }, 'CREATED_AT', false],
    [{ states: ['FAILED'], models: ['m'] }, 'UPDATED_AT', false],
    [{ createdAfter: 1 }, 'UPDATED_AT', true],
    [{ createdBefore: 2 }, 'UPDATED_AT', true],
    [{ prompt: 'fox' }, 'CREATED_AT', true],
  ])('is far where others may lie between its jobs: %j in the order %s', (filter, order, far) => {
    expect(walksFar(query(filter, order))).toBe(far)
  })

  it('is searched on PostgreSQL for a text as that is recorded, by a statement of its name', () => {
    const { statement, values } = createPages(dialect)(query({ prompt: 'a\0 fox' }))
    expect(statement.name).toBe('page')
    expect(encoded(statement.values, codec, values)).toMatchObject({ prompt: 'a fox' })
  })

  it('is walked to on PostgreSQL by times that are numbers, by a statement of its name', () => {
    const { statement } = createSteps(dialect)(query({}))
    expect(statement.name).toBe('step')
    // As the driver reads a bigint.
    expect(decoded(statement.columns, codec, [{ value: '7', id: 'a' }])).toEqual([{ value: 7, id: 'a' }])
  })
})
