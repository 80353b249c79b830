import { beforeEach, describe, expect, it } from 'vitest'
import type { Job } from '../../src/jobs/job.ts'
import { RateLimitedError } from '../../src/jobs/rate-limited.ts'
import type { CreationLimits } from '../../src/jobs/store.ts'
import type { ClaimRequest } from '../../src/jobs/work.ts'
import { holdOf } from '../support/holds.ts'
import { sampleJob } from '../support/job.ts'
import { decide, type JobStore, stores, useStore } from '../support/stores.ts'
import { runSql, tenantOf } from '../support/tenants.ts'

const none: CreationLimits = { creationsPerMinute: null, waitingJobs: null }

describe.each(stores)('the limits of a tenant, on $name,', ({ open }) => {
  const opened = useStore(open)
  let store: JobStore
  beforeEach(() => {
    store = opened.store
  })

  let made = 0
  /** Records a waiting job of a tenant at this time; false if a limit refused it. */
  async function record(
    name: string,
    limits: Partial<CreationLimits>,
    change: Partial<Job> = {},
  ): Promise<boolean> {
    made += 1
    const tenant = tenantOf(name)
    const job = sampleJob({ id: `${name}${String(made).padStart(4, '0')}`, tenant, runAt: 0, ...change })
    const { version, createdAt: at, state } = job
    const entry = { version, at, state, message: 'Recorded.' }
    try {
      await store.for(tenant).insert(job, entry, { ...none, ...limits })
      return true
    } catch (error) {
      if (error instanceof RateLimitedError) return false
      throw error
    }
  }
  async function recordAt(time: number, name: string, limits: Partial<CreationLimits>) {
    return record(name, limits, { createdAt: time, updatedAt: time })
  }
  const idsOf = async (name: string) => {
    const page = await store
      .for(tenantOf(name))
      .page({ order: 'CREATED_AT', descending: false, filter: {}, fromEnd: false, limit: 100 })
    return page.map(({ id }) => id)
  }

  describe('of new jobs a minute', () => {
    const two = { creationsPerMinute: 2 }

    it('lets so many through, and of what it refuses leaves nothing behind', async () => {
      expect(await record('a', two)).toBe(true)
      expect(await record('a', two)).toBe(true)
      const before = await store.changes.latest()
      expect(await record('a', two)).toBe(false)
      const recorded = await idsOf('a')
      expect(recorded).toHaveLength(2)
      // On PostgreSQL the place is before what was written beside a transaction of any database that has not ended.
      const told = (await store.changes.changesAfter(before, 10)).jobs.map(({ id }) => id)
      expect(told.filter((id) => !recorded.includes(id))).toEqual([])
    })

    it('says when the minute is over, which begins with its first job', async () => {
      await recordAt(100_000, 'a', two)
      await recordAt(130_000, 'a', two)
      const tenant = tenantOf('a')
      const late = sampleJob({ id: 'late', tenant, createdAt: 150_500, updatedAt: 150_500 })
      const entry = { version: 1, at: 150_500, state: late.state, message: 'Recorded.' }
      await expect(store.for(tenant).insert(late, entry, { ...none, ...two })).rejects.toMatchObject({
        code: 'RATE_LIMITED',
        limit: 'creationsPerMinute',
        most: 2,
        retryAfter: 10,
      })
      expect(await recordAt(159_999, 'a', two)).toBe(false)
      expect(await recordAt(160_000, 'a', two)).toBe(true)
      expect(await recordAt(160_001, 'a', two)).toBe(true)
      expect(await recordAt(160_002, 'a', two)).toBe(false)
    })

    it('is of each tenant', async () => {
      for (const name of ['a', 'b', 'a', 'b']) expect(await record(name, two)).toBe(true)
      for (const name of ['a', 'b']) expect(await record(name, two)).toBe(false)
    })

    it('begins anew where the clock was set back by more than a minute', async () => {
      for (const time of [500_000, 500_001]) await recordAt(time, 'a', two)
      expect(await recordAt(450_000, 'a', two)).toBe(false)
      expect(await recordAt(430_000, 'a', two)).toBe(true)
    })

    it('does not count a request that is repeated with its key', async () => {
      const again = { idempotencyKey: 'k' }
      await record('a', two, again)
      for (let time = 0; time < 3; time += 1) expect(await record('a', two, again)).toBe(true)
      expect(await record('a', two)).toBe(true)
      expect(await record('a', two)).toBe(false)
      // Also where no other could be made any more.
      expect(await record('a', two, again)).toBe(true)
    })

    // On PostgreSQL by ten connections, as several gateways would.
    it('is exact, however many ask at once', async () => {
      const asked = Array.from({ length: 60 }, (_, index) =>
        record('a', { creationsPerMinute: 25 }, { createdAt: 1_000 + index }),
      )
      const passed = (await Promise.all(asked)).filter(Boolean)
      expect(passed).toHaveLength(25)
      expect(await idsOf('a')).toHaveLength(25)
    })
  })

  describe('of jobs that wait', () => {
    it('counts those that wait, and no others', async () => {
      const two = { waitingJobs: 2 }
      await record('a', two, { state: 'COMPLETED' })
      await record('b', two)
      for (const passes of [true, true, false]) expect(await record('a', two)).toBe(passes)
      const [first = ''] = await idsOf('b')
      expect(first).not.toBe('')
      const waiting = (await idsOf('a')).at(-1) ?? ''
      await store.for(tenantOf('a')).remove(waiting, () => true, 1)
      expect(await record('a', two)).toBe(true)
      expect(await record('a', two)).toBe(false)
    })

    it('is exact, however many ask at once', async () => {
      const asked = Array.from({ length: 40 }, () => record('a', { waitingJobs: 15 }))
      expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(15)
    })

    it('of none refuses all', async () => {
      expect(await record('a', { waitingJobs: 0 })).toBe(false)
      expect(await record('a', { creationsPerMinute: 0 })).toBe(false)
      expect(await record('a', {})).toBe(true)
    })
  })

  describe('of jobs at the vendor', () => {
    async function claim(change: Partial<ClaimRequest> & { perTenant?: number | null } = {}) {
      const { perTenant = null, ...others } = change
      const limits = { concurrency: 100, videosPerMinute: 100, perTenant }
      const lease = { owner: 'me', until: 100_000 }
      const request = {
        now: 5_000,
        limits,
        windowStart: 0,
        lease,
        decide: decide({ type: 'claimed' }, 5_000),
      }
      const claimed = await store.claim({ ...request, ...others })
      return claimed.kind === 'claimed' ? claimed.transitions[0].job.tenant : claimed
    }
    const own = (name: string, most: number) =>
      runSql(
        store,
        `INSERT INTO tenants (id, weight, created_at, running_jobs) VALUES ('${name}', 1, 0, ${most})`,
      )
    const wait = { kind: 'wait', until: null }

    it('lets no more start, and others in its place', async () => {
      for (const name of ['a', 'a', 'a', 'b', 'b', 'b']) await record(name, {})
      await own('a', 1)
      const order: unknown[] = []
      for (let time = 0; time < 5; time += 1) order.push(await claim())
      expect(order).toEqual(['a', 'b', 'b', 'b', wait])
    })

    it('is for all that have none of their own', async () => {
      for (const name of ['a', 'a', 'b', 'b', 'b']) await record(name, {})
      await own('b', 2)
      const order: unknown[] = []
      for (let time = 0; time < 4; time += 1) order.push(await claim({ perTenant: 1 }))
      expect(order).toEqual(['a', 'b', 'b', wait])
    })

    it('holds where only one tenant waits, and where tenants take turns', async () => {
      for (const name of ['a', 'a']) await record(name, {})
      await own('a', 1)
      await store.hold('z', () => holdOf('account', { until: 0 }))
      expect(await claim()).toBe('a')
      await store.endTry(`a${String(made - 1).padStart(4, '0')}`, [])
      expect(await claim()).toEqual(wait)
      await store.hold('z', () => holdOf('account'))
      expect(await claim()).toEqual(wait)
    })

    it('makes room with the end of a task, whatever counts in the account’s minute', async () => {
      for (const name of ['a', 'a']) await record(name, {})
      await own('a', 1)
      await claim()
      const [first = ''] = await idsOf('a')
      await store.settle(first, 5_001)
      expect(await claim()).toBe('a')
    })

    it('of none lets none start', async () => {
      await record('a', {})
      await own('a', 0)
      expect(await claim()).toEqual(wait)
    })

    it('shows in the places of the jobs that wait', async () => {
      for (const name of ['a', 'a', 'b', 'b', 'b']) await record(name, {})
      const places = async (name: string, perTenant: number | null = null) =>
        store.for(tenantOf(name)).queuePositions(await idsOf(name), { windowStart: 0, perTenant })
      expect([await places('a'), await places('b')]).toEqual([
        [1, 3],
        [2, 4, 5],
      ])
      await own('a', 1)
      // The second of a waits for the first, and for all that may start.
      expect([await places('a'), await places('b')]).toEqual([
        [1, 5],
        [2, 3, 4],
      ])
      expect(await places('b', 2)).toEqual([2, 3, 4])
      expect(await places('a', 2)).toEqual([1, 4])
    })
  })
})
