import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { listModels } from '../../src/catalog/catalog.ts'
import { kindOf } from '../../src/catalog/kind.ts'
import {
  begun,
  type Estimate,
  estimatedPause,
  expectationOf,
  fewestDurations,
  keptDurations,
  kindOfModel,
  taken,
} from '../../src/jobs/estimate.ts'
import { sampleJob } from '../support/job.ts'
import { drawn, follow, spreadOver, summaryOf } from '../support/polling.ts'
import { always, createDraws } from '../support/seed.ts'

const known = (ms: number, jobs = fewestDurations) => expectationOf('kind', Array(jobs).fill(ms))
/** What is made of twenty jobs that all took ten seconds. */
const tenSeconds = { medianMs: 10_000, lowMs: 6_540, highMs: 16_321 }
const start = (ms = 60_000, jobs = fewestDurations) => taken(known(ms, jobs), 0, null, 0)

const duration = fc.integer({ min: 1, max: 3_600_000 })
const expectation = fc.array(duration, { maxLength: 60 }).map((durations) => expectationOf('kind', durations))
const time = fc.integer({ min: 0, max: 7 * 24 * 3_600_000 })

describe('what is expected of a job', () => {
  it('is the prior until there are twenty earlier jobs of its kind', () => {
    expect(expectationOf('kind', Array(19).fill(10_000))).toEqual({
      kind: 'kind',
      jobs: 0,
      isOfModel: false,
      medianMs: 60_000,
      lowMs: 36_000,
      highMs: 110_000,
    })
    expect(known(10_000)).toEqual({ kind: 'kind', jobs: 20, isOfModel: false, ...tenSeconds })
  })

  it('is what jobs of the model took, of whatever kind, where there are twenty of them and not of the kind', () => {
    const [few, enough] = [Array(19).fill(90_000), Array(20).fill(10_000)]
    expect(expectationOf('kind', few, enough)).toEqual({
      kind: 'kind',
      jobs: 20,
      isOfModel: true,
      ...tenSeconds,
    })
    expect(expectationOf('kind', enough, Array(200).fill(90_000))).toEqual(known(10_000))
    expect(expectationOf('kind', few, few)).toEqual(expectationOf('kind', []))
  })

  it('spreads on either side as the jobs before did, whatever order they came in', () => {
    const durations = [...Array(10).fill(100_000), 40_000, 40_000, ...Array(9).fill(110_000)]
    const spread = expectationOf('kind', durations)
    expect(spread).toMatchObject({ jobs: 21, medianMs: 100_000 })
    const above = Math.log(1.1) / 1.2816
    expect(spread.highMs).toBeCloseTo(100_000 * Math.exp(3 * Math.sqrt((21 * above ** 2 + 1.6) / 61)), -1)
    expect(expectationOf('kind', [...Array(18).fill(100_000), 40_000, 40_000, 40_000]).lowMs).toBe(
      Math.round(100_000 * 0.4 ** (2.6 / 1.2816)),
    )
    expect(expectationOf('kind', durations.toReversed())).toEqual(spread)
  })

  it('is a small spread only where many jobs say so, and none where work always took the same', () => {
    const reach = (jobs: number) => Math.log(60_000 / known(60_000, jobs).lowMs) / 2.6
    expect([20, 50, 100].map(reach)).toEqual([0.1633, 0.1333, 0.1069].map((at) => expect.closeTo(at, 4)))
    expect([120, 200].map(reach)).toEqual([0.1, 0.1].map((at) => expect.closeTo(at, 4)))
  })

  it('is never a spread that leaves nothing to expect', () => {
    const wild = expectationOf('kind', [...Array(10).fill(1), ...Array(10).fill(3_600_000)])
    expect(wild.lowMs).toBe(Math.round(wild.medianMs * Math.exp(-2.6)))
    expect(wild.highMs).toBeLessThanOrEqual(wild.medianMs * 21)
  })
})

describe('what is known of earlier jobs', () => {
  it('is as much as the document says', () => {
    const text = readFileSync('docs/job-lifecycle.md', 'utf8')
    const { medianMs, lowMs, highMs } = expectationOf('kind', [])
    expect(text).toContain(`Of each kind the last ${keptDurations} durations of`)
    expect(text).toContain(`where fewer than ${fewestDurations} of a job's kind`)
    expect(text).toContain(
      `the prior holds: a median of ${medianMs / 1_000} s, hardly a job below ${lowMs / 1_000} s or above ${highMs / 1_000} s.`,
    )
  })

  it('is kept of each model as well, under a name that no kind has', () => {
    const names = ['a', 'b'].map(kindOfModel)
    expect(new Set(names).size).toBe(2)
    for (const model of listModels()) {
      expect(kindOfModel(model.id)).not.toBe(kindOf({ model: model.id, input: sampleJob().input }))
    }
  })
})

describe('the next poll', () => {
  const pause = (now: number, estimate: Estimate | null, state: 'CREATED' | 'PROCESSING' = 'PROCESSING') =>
    estimatedPause({ state, estimate }, { now, waited: now, shortest: 5_000 })

  it('comes soon after a job was sent, then when its end is likely, then by the shortest pause', () => {
    const estimate = start(60_000, 200)
    expect(pause(0, estimate)).toBe(5_000)
    expect(pause(5_000, estimate)).toBe(41_263) // The least spread that is taken: 60 s less 23 %.
    expect(pause(46_263, estimate)).toBe(5_000)
    expect(pause(80_000, estimate)).toBe(5_000)
    expect(pause(80_992, estimate)).toBeCloseTo(8_099.2) // Overdue: a tenth of the time waited.
  })

  it('leaves longer pauses where a job takes long, and a minute at the most', () => {
    expect(pause(5_000, start(600_000))).toBe(60_000)
    const long = start(600_000)
    expect([long.lowMs - 5_000, long.lowMs, 500_000].map((now) => pause(now, long))).toEqual([
      5_000, 25_000, 25_000,
    ])
    expect(pause(3_400_000, start(3_600_000))).toBe(30_000)
  })

  it('comes after pauses that grow while only the prior is known', () => {
    const estimate = taken(expectationOf('kind', []), 0, null, 0)
    const times = [0]
    while ((times.at(-1) ?? 0) < 60_000) times.push((times.at(-1) ?? 0) + pause(times.at(-1) ?? 0, estimate))
    expect(times.slice(1)).toEqual([10_000, 22_500, 36_000, 41_000, 46_000, 51_000, 56_000, 61_000])
    const ofOne = taken(expectationOf('kind', Array(20).fill(60_000)), 0, null, 0)
    expect(pause(0, { ...ofOne, jobs: 1 })).toBe(5_000)
  })

  it('comes after pauses that grow with the time that has passed, where the shortest one is short', () => {
    const estimate = taken(expectationOf('kind', []), 0, null, 0)
    const next = (now: number) =>
      estimatedPause({ state: 'PROCESSING', estimate }, { now, waited: now, shortest: 1_000 })
    expect([0, 1_000, 2_000, 10_000].map(next)).toEqual([2_000, 2_500, 2_500, 12_500])
  })

  it('comes after longer pauses the longer a job takes, where jobs differ by much', () => {
    const wide = taken(
      expectationOf('kind', [...Array(10).fill(20_000), ...Array(10).fill(180_000)]),
      0,
      null,
      0,
    )
    expect(wide).toMatchObject({ medianMs: 60_000 })
    expect([50_000, 110_000, 160_000, 500_000].map((now) => pause(now, wide))).toEqual([
      5_000, 5_000, 10_000, 30_000,
    ])
  })

  it('comes after pauses that grow from the first ends on, where only the model is known', () => {
    const lengths = [...Array(10).fill(20_000), ...Array(10).fill(180_000)]
    const mixed = taken(expectationOf('kind', [], lengths), 0, null, 0)
    expect(mixed.lowMs).toBeLessThan(10_000)
    expect(pause(160_000, mixed)).toBe((160_000 - mixed.lowMs) / 10)
    const alike = taken(expectationOf('kind', [], Array(20).fill(60_000)), 0, null, 0)
    expect(pause(5_000, alike)).toBe(12_500)
    expect(pause(17_500, alike)).toBe(alike.lowMs - 17_500)
  })

  it('finds out when the vendor begins with what waits there', () => {
    expect(pause(20_000, start(60_000, 200), 'CREATED')).toBeCloseTo(18_505, -1)
    expect(pause(20_000, start(600_000), 'CREATED')).toBe(30_000)
    expect(pause(200_000, start(), 'CREATED')).toBe(20_000)
    const late = begun(start(60_000, 200), 190_000, 200_000)
    expect(late.beganAt).toBe(190_000)
    expect(pause(200_000, late)).toBe(12_500)
    expect(pause(212_500, late)).toBe(15_625)
  })

  it('is as before where nothing is expected', () => {
    expect(pause(100_000, null)).toBe(10_000)
  })

  it('is never sooner than the shortest pause, and no later than a minute', () => {
    always(
      fc.property(
        expectation,
        time,
        time,
        fc.integer({ min: 20, max: 60_000 }),
        fc.constantFrom('CREATED', 'PROCESSING'),
        (expected, now, queuedAt, shortest, state) => {
          const estimate = begun(taken(expected, 0, null, 0), Math.min(queuedAt, now), now)
          const next = estimatedPause({ state, estimate }, { now, waited: now, shortest })
          expect(next).toBeGreaterThanOrEqual(shortest)
          expect(next).toBeLessThanOrEqual(60_000)
        },
      ),
      1_000,
    )
  })

  it('asks a job of a minute no more than eight times on the median of its length', () => {
    always(
      fc.property(fc.integer({ min: 20, max: 200 }), (jobs) => {
        const estimate = taken(known(60_000, jobs), 0, null, 0)
        let polls = 0
        for (let now = 0; now < 60_000; polls += 1) now += pause(now, estimate)
        expect(polls).toBeLessThanOrEqual(8)
      }),
    )
  })

  it('notices the end of a job of a new kind in time, where twenty of its model are known', () => {
    const draws = createDraws()
    const seen = Array.from({ length: 100 }, () => {
      const ofModel = [20_000, 60_000].flatMap((ms) => Array.from({ length: 10 }, () => drawn(ms, draws)))
      const expected = expectationOf('kind', [], ofModel)
      return spreadOver(20_000, 200).map((end) => follow({ end }, expected))
    })
    const { late, mostLate } = summaryOf(seen.flat())
    expect(late).toBeLessThan(2.55)
    expect(mostLate).toBeLessThanOrEqual(5)
  })

  // Polls that are 5 s apart notice an end 2.5 s late on the median at best: half a hundredth is left for what comes early.
  it.each([
    ['by the prior', 0, { lengths: 20_000, histories: 1 }],
    ['by 20 earlier jobs', 20, { lengths: 200, histories: 1_000 }],
    ['by 200 earlier jobs', 200, { lengths: 1_000, histories: 100 }],
  ])(
    'notices the end of a job of a minute in time %s, with eight polls',
    (_name, jobs, { lengths, histories }) => {
      const draws = createDraws()
      const seen = Array.from({ length: histories }, () => {
        const durations = Array.from({ length: jobs }, () => drawn(60_000, draws))
        const expected = expectationOf('kind', durations)
        return spreadOver(60_000, lengths).map((end) => follow({ end }, expected))
      })
      const { polls, late, mostLate } = summaryOf(seen.flat())
      expect(polls).toBeLessThanOrEqual(8)
      expect(late).toBeLessThan(2.505)
      expect(mostLate).toBeLessThanOrEqual(5)
    },
  )
})
