import { describe, expect, it } from 'vitest'
import type { JobFilter } from '../../src/jobs/store.ts'
import { sampleJob } from '../support/job.ts'
import { stores, useStore } from '../support/stores.ts'
import { tenantOf } from '../support/tenants.ts'

describe.each(stores)('jobs are counted by state, on $name,', ({ open }) => {
  const opened = useStore(open)
  const countsOf = async (filter: JobFilter = {}, most = 100) => {
    const counts = await opened.store.counts(filter, most)
    return Object.fromEntries(
      counts.filter(({ count }) => count > 0).map(({ state, count }) => [state, count]),
    )
  }

  it('all, those of a model, of states and of a time, and no more than so many', async () => {
    let made = 0
    for (const [state, model, times] of [
      ['QUEUED', 'a', 3],
      ['QUEUED', 'b', 2],
      ['FAILED', 'a', 4],
      ['COMPLETED', 'b', 1],
    ] as const) {
      for (let index = 0; index < times; index += 1) {
        made += 1
        await opened.insert({ id: `j${made}`, state, model, createdAt: made, updatedAt: made })
      }
    }
    const other = sampleJob({ id: 'theirs', tenant: tenantOf('rival'), state: 'FAILED' })
    await opened.store
      .for(tenantOf('rival'))
      .insert(other, { version: 1, at: 1, state: 'FAILED', message: '' })
    expect(await countsOf()).toEqual({ QUEUED: 5, FAILED: 4, COMPLETED: 1 })
    expect(await countsOf({ models: ['b'] })).toEqual({ QUEUED: 2, COMPLETED: 1 })
    expect(await countsOf({ models: ['a', 'b'], states: ['QUEUED'] })).toEqual({ QUEUED: 5 })
    expect(await countsOf({ createdAfter: 4, createdBefore: 8 })).toEqual({ QUEUED: 1, FAILED: 2 })
    expect(await countsOf({}, 2)).toEqual({ QUEUED: 2, FAILED: 2, COMPLETED: 1 })
    expect(await countsOf({ models: ['a', 'b'] }, 4)).toEqual({ QUEUED: 4, FAILED: 4, COMPLETED: 1 })
    expect(await countsOf({ models: ['none'] })).toEqual({})
  })
})
