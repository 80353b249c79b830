import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { SqliteStore } from '../support/stores.ts'
import { type Crowd, fill, gather } from './crowd.ts'
import type { Mood } from './vendor.ts'

const few = 100
const many = 10_000
/** Enough to tell what two gateways do with many. */
const some = 2_000
const histories = new Map<number, SqliteStore>()
beforeAll(async () => {
  for (const jobs of [few, some, many]) histories.set(jobs, await fill(jobs))
})
afterAll(() => {
  for (const store of histories.values()) store.close()
})

let crowd: Crowd
afterEach(() => crowd.close())

async function begin(jobs: number, gateways: number): Promise<{ readonly steady: number }> {
  const store = histories.get(jobs)
  if (!store) throw new Error(`there is no history of ${jobs} jobs`)
  crowd = await gather(store, { jobs, gateways })
  await crowd.pass(5)
  return { steady: crowd.busiestSince(0) }
}

const outageSeconds = 130
/** While the vendor is away one request in at least fifteen seconds speaks for all, for each gateway. */
const probes = Math.ceil(outageSeconds / 15)

async function outage(mood: Mood): Promise<{ readonly asked: number }> {
  const from = crowd.now
  crowd.feel(mood)
  await crowd.pass(outageSeconds)
  crowd.feel('answers')
  return { asked: crowd.requestsSince(from) }
}

const print = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`)

describe.each([
  [1, many],
  [2, some],
])('an outage, with %i gateways and %i jobs in flight', (gateways, all) => {
  it.each([
    ['503', few],
    ['resets', few],
    ['resets', all],
  ] as const)('of a vendor that answers %s is one probe for %i jobs', async (mood, jobs) => {
    const { steady } = await begin(jobs, gateways)
    const { asked } = await outage(mood)
    print({ mood, jobs, gateways, steady, asked })
    // Those that leave before the first answer is back, which takes a tenth of a second; and three to be sure of it.
    expect(asked).toBeLessThanOrEqual(steady + gateways * (3 + probes))
  })

  it.each([few, all])('of a vendor that hangs is one probe for %i jobs', async (jobs) => {
    const { steady } = await begin(jobs, gateways)
    const { asked } = await outage('hangs')
    print({ mood: 'hangs', jobs, gateways, steady, asked })
    // Until the first has waited for its time limit, as many leave as may be under way.
    expect(asked).toBeLessThanOrEqual(gateways * (256 + probes))
  })

  it('is one probe for all jobs, which then come back over half a minute', async () => {
    const { steady } = await begin(all, gateways)
    const { asked } = await outage('503')
    const over = crowd.now
    await crowd.pass(60)
    print({ mood: '503', jobs: all, gateways, steady, asked, busiest: crowd.busiestSince(over) })
    expect(asked).toBeLessThanOrEqual(steady + gateways * (3 + probes))
    expect(crowd.busiestSince(over)).toBeLessThanOrEqual(2 * steady)
    // A probe that failed just before has a pause of its own.
    expect(crowd.leftSince(over)).toBeLessThanOrEqual(4 * gateways)
  })
})

describe.each([
  [1, many],
  [2, some],
])('a restart of one of %i gateways, with %i jobs in flight', (gateways, all) => {
  it('is no burst, and leaves nobody waiting', async () => {
    const { steady } = await begin(all, gateways)
    const killed = crowd.now
    crowd.gateways[0]?.kill()
    await crowd.pass(20)
    const from = crowd.now
    const { readyMs } = await crowd.start()
    // The longest pause between two polls is half a minute.
    await crowd.pass(31)
    print({
      restart: true,
      jobs: all,
      gateways,
      steady,
      busiest: crowd.busiestSince(killed),
      readyMs: Math.round(readyMs),
    })
    expect(crowd.busiestSince(killed)).toBeLessThanOrEqual(2 * steady)
    expect(crowd.leftSince(gateways > 1 ? killed : from)).toBe(0)
    // It waits for nothing but the history; what it takes is a fraction of this.
    expect(readyMs).toBeLessThan(2_000)
  })
})
