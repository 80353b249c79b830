import { beforeEach, describe, expect, it } from 'vitest'
import { createLimiter, type Limiter } from '../../src/access/limiter.ts'
import { newTenant, noLimits, type Tenant, type TenantLimits } from '../../src/access/tenants.ts'
import type { Viewer } from '../../src/access/viewer.ts'
import { RateLimitedError } from '../../src/jobs/rate-limited.ts'
import { tenant } from '../support/keys.ts'
import { somebody } from '../support/viewer.ts'

const of = (name: string, kind: Viewer['kind'] = 'key'): Viewer => ({
  ...somebody,
  tenant: tenant(name),
  kind,
})
const [acme, rival] = [of('acme'), of('rival', 'token')]

describe('the limits of a tenant', () => {
  let now = 0
  let rows: Map<string, Tenant>
  let asked: string[]
  let added: string[]
  beforeEach(() => {
    now = 1_000
    rows = new Map()
    asked = []
    added = []
  })

  const open = (forAll: Partial<TenantLimits> = {}): Limiter =>
    createLimiter({
      tenants: {
        async tenant(id) {
          asked.push(id)
          return rows.get(id) ?? null
        },
        async addTenant(row) {
          await Promise.resolve()
          added.push(row.id)
          if (!rows.has(row.id)) rows.set(row.id, row)
        },
      },
      forAll: { ...noLimits, ...forAll },
      clock: { now: () => now },
    })
  const say = (name: string, limits: Partial<TenantLimits>) =>
    rows.set(name, { ...newTenant(tenant(name), 0), ...limits })
  /** How many of these in a row were let through, and why the rest was not. */
  async function through(times: number, act: () => Promise<unknown>) {
    const faults: unknown[] = []
    for (let time = 0; time < times; time += 1) await act().catch((error: unknown) => faults.push(error))
    for (const fault of faults) expect(fault).toBeInstanceOf(RateLimitedError)
    return { passed: times - faults.length, last: faults.at(-1) as RateLimitedError | undefined }
  }

  it('are its own over those for all', async () => {
    const limiter = open({ streams: 7, waitingJobs: 8 })
    say('acme', { streams: 0, creationsPerMinute: 3 })
    expect(await limiter.limitsOf(acme)).toEqual({
      ...noLimits,
      streams: 0,
      waitingJobs: 8,
      creationsPerMinute: 3,
    })
    expect(await limiter.limitsOf(rival)).toEqual({ ...noLimits, streams: 7, waitingJobs: 8 })
  })

  it('are none for who needs no key, of whom nothing is read', async () => {
    const limiter = open({ requestsPerSecond: 0, costPerMinute: 0, streams: 0 })
    const local = of('acme', 'local')
    await limiter.request(local)
    expect(await limiter.charge(local, 1_000)).toBeNull()
    await limiter.openStream(local)
    expect(asked).toEqual([])
    expect(rows.size).toBe(0)
  })

  it('make a tenant appear that comes for the first time, and leave one that is there as it is', async () => {
    const limiter = open()
    say('acme', { streams: 3 })
    await limiter.request(rival)
    await limiter.request(acme)
    expect([...rows.values()]).toEqual([
      expect.objectContaining({ id: 'acme', streams: 3 }),
      { id: 'rival', weight: 1, createdAt: 1_000, ...noLimits },
    ])
    expect(added).toEqual(['rival'])
  })

  it('are read anew after ten seconds', async () => {
    const limiter = open()
    await through(20, () => limiter.request(acme))
    expect(asked).toEqual(['acme'])
    say('acme', { streams: 1 })
    now += 9_999
    expect(await limiter.limitsOf(acme)).toMatchObject({ streams: null })
    now += 1
    expect(await limiter.limitsOf(acme)).toMatchObject({ streams: 1 })
  })

  it('refuse a request beyond so many a second, and no other tenant’s', async () => {
    const limiter = open({ requestsPerSecond: 5 })
    const { passed, last } = await through(100, () => limiter.request(acme))
    // Another second may begin meanwhile.
    expect(passed).toBeGreaterThanOrEqual(5)
    expect(passed).toBeLessThan(100)
    expect(last).toMatchObject({ limit: 'requestsPerSecond', most: 5, retryAfter: 1 })
    expect(last?.message).toBe('Your tenant may have 5 requests a second: try again in 1 second.')
    await limiter.request(rival)
  })

  it('charge what operations cost, but not what they refuse', async () => {
    const limiter = open({ costPerMinute: 100 })
    expect(await limiter.charge(acme, 60)).toBe(40)
    await expect(limiter.charge(acme, 41)).rejects.toMatchObject({ limit: 'costPerMinute', most: 100 })
    expect(await limiter.charge(acme, 40)).toBe(0)
    const fault = await limiter.charge(acme, 1).catch((error: unknown) => error)
    expect((fault as RateLimitedError).retryAfter).toBeGreaterThan(30)
    expect((fault as RateLimitedError).retryAfter).toBeLessThanOrEqual(60)
    expect(await limiter.charge(rival, 100)).toBe(0)
    expect(await open().charge(acme, 1_000_000)).toBeNull()
  })

  it('give a place for a stream back once, however often its end is told', async () => {
    const limiter = open({ streams: 2 })
    const [close] = [await limiter.openStream(acme), await limiter.openStream(acme)]
    await expect(limiter.openStream(acme)).rejects.toMatchObject({ limit: 'streams', most: 2, retryAfter: 5 })
    await limiter.openStream(rival)
    close()
    close()
    const again = await limiter.openStream(acme)
    await expect(limiter.openStream(acme)).rejects.toThrow(RateLimitedError)
    again()
    await limiter.openStream(acme)
  })

  it('count streams anew when all of a tenant have ended', async () => {
    const limiter = open({ streams: 2 })
    for (let time = 0; time < 3; time += 1) {
      const closes = [await limiter.openStream(acme), await limiter.openStream(acme)]
      await expect(limiter.openStream(acme)).rejects.toThrow(RateLimitedError)
      for (const close of closes) close()
    }
  })

  it('give back what was refused before they say so', async () => {
    const limiter = open({ costPerMinute: 100 })
    const asked = [limiter.charge(acme, 101).catch(() => null), limiter.charge(acme, 101).catch(() => null)]
    await Promise.all(asked)
    expect(await limiter.charge(acme, 100)).toBe(0)
  })
})
