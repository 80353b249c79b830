import { describe, expect, it } from 'vitest'
import { expectationOf, fewestDurations, keptDurations, kindOfModel, taken } from '../../src/jobs/estimate.ts'
import type { JobEvent } from '../../src/jobs/state.ts'
import { sampleReport } from '../support/job.ts'
import { decide, stores, useStore } from '../support/stores.ts'

const limits = { concurrency: 1_000, videosPerMinute: 1_000 }
const lease = { owner: 'me', until: 100_000 }

describe.each(stores)('how long jobs took, on $name,', ({ open }) => {
  const opened = useStore(open)

  /** A job that the vendor takes and ends, as it says after `inferenceMs`. */
  async function ends(
    id: string,
    inferenceMs: number | null,
    change: { kind?: string | null; model?: string; phase?: 'failed' } = {},
  ) {
    const { kind = 'kind', model = 'model', phase = 'completed' } = change
    const { store } = opened
    await opened.insert({ id, model })
    await store.claim({ now: 5_000, limits, windowStart: 0, lease, decide: decide({ type: 'claimed' }) })
    const accepted: JobEvent = {
      type: 'accepted',
      report: sampleReport({ id: `p-${id}` }),
      adopted: false,
      deadlineAt: 900_000,
      expected: kind === null ? undefined : expectationOf(kind, []),
    }
    await store.advance(id, decide(accepted, 6_000))
    const report = sampleReport({ id: `p-${id}`, phase, status: phase, inferenceMs })
    await store.advance(id, decide({ type: 'reported', report }, 99_000))
  }

  const ofKind = async (kind: string) =>
    (await opened.store.durations(kind, 'none')).ofKind.toSorted((one, other) => one - other)

  it('is what the vendor says of completed ones, kind by kind, whenever that was noticed', async () => {
    await ends('a', 61_000)
    await ends('b', 59_000.5)
    await ends('c', 7_000, { kind: 'other' })
    expect(await ofKind('kind')).toEqual([59_000.5, 61_000])
    expect(await ofKind('other')).toEqual([7_000])
    expect(await ofKind('none')).toEqual([])
  })

  it('is not known of one that failed, or of which the vendor says nothing that can be', async () => {
    await ends('a', 61_000, { phase: 'failed' })
    await ends('b', null)
    await ends('c', 0)
    await ends('d', -1)
    await ends('e', 7 * 24 * 3_600_000)
    expect(await ofKind('kind')).toEqual([])
    await ends('f', 0.5)
    await ends('g', 7 * 24 * 3_600_000 - 1)
    expect(await ofKind('kind')).toEqual([0.5, 7 * 24 * 3_600_000 - 1])
  })

  it('is not known of one of which nothing was expected', async () => {
    await ends('a', 61_000, { kind: null })
    expect(await opened.store.job('a')).toMatchObject({ state: 'COMPLETED', inferenceMs: 61_000 })
    expect(await opened.store.durations('kind', kindOfModel('model'))).toEqual({ ofKind: [], ofModel: [] })
  })

  it('is counted once, though what the vendor says comes twice', async () => {
    await ends('a', 61_000)
    const report = sampleReport({ id: 'p-a', phase: 'completed', status: 'completed', inferenceMs: 1 })
    await opened.store.advance('a', decide({ type: 'reported', report }, 99_500))
    expect(await ofKind('kind')).toEqual([61_000])
  })

  it('is kept of the last two hundred, about, and forgotten after ninety days', async () => {
    const { store } = opened
    for (let index = 0; index < keptDurations + 20; index += 1) await ends(`job_${index}`, 1_000 + index)
    const durations = await ofKind('kind')
    expect(durations).toHaveLength(keptDurations)
    expect(durations.some((ms) => ms >= 1_000 + keptDurations)).toBe(true)
    await store.prune(99_000 + 89 * 24 * 3_600_000, 0)
    expect(await ofKind('kind')).toHaveLength(keptDurations)
    await store.prune(99_000 + 91 * 24 * 3_600_000, 0)
    expect(await ofKind('kind')).toEqual([])
  })

  it('is known of the model, too, where it is not of the kind', async () => {
    const { store } = opened
    const asked = (kind: string, model = 'model') => store.durations(kind, kindOfModel(model))
    for (let index = 1; index < fewestDurations; index += 1) await ends(`job_${index}`, 1_000)
    await ends('other', 2_000, { kind: 'other' })
    await ends('foreign', 9_000, { kind: 'foreign', model: 'other model' })
    const all = [...Array(fewestDurations - 1).fill(1_000), 2_000]
    expect((await asked('kind')).ofModel.toSorted()).toEqual(all)
    expect((await asked('new')).ofModel.toSorted()).toEqual(all)
    expect(await asked('new', 'other model')).toEqual({ ofKind: [], ofModel: [9_000] })
    await ends('last', 1_000)
    expect(await asked('kind')).toEqual({ ofKind: Array(fewestDurations).fill(1_000), ofModel: [] })
  })

  it('leaves what was expected of a job in its row', async () => {
    await ends('a', 61_000)
    const expected = taken(expectationOf('kind', []), 6_000, null, 6_000)
    expect(await opened.store.job('a')).toMatchObject({ estimate: expected })
    expect(await opened.store.listed(['a'])).toMatchObject([{ estimate: expected }])
  })
})
