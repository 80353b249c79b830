import { describe, expect, it, vi } from 'vitest'
import { expectationOf, kindOfModel } from '../../src/jobs/estimate.ts'
import type { Job } from '../../src/jobs/job.ts'
import type { JobWork } from '../../src/jobs/work.ts'
import { createEstimates } from '../../src/worker/estimates.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { sampleJob } from '../support/job.ts'

const tens = Array(20).fill(10_000)
const twenties = Array(20).fill(20_000)

describe('what is expected of a job', () => {
  function open(answer: JobWork['durations'] = async () => ({ ofKind: [], ofModel: [] })) {
    const clock = createFakeClock()
    const durations = vi.fn<JobWork['durations']>(answer)
    const kindOf = ({ model, input: { prompt } }: Pick<Job, 'model' | 'input'>) => `${model} ${prompt}`
    const estimates = createEstimates({ work: { durations }, clock, kindOf })
    const of = (prompt: string, model = 'model') =>
      estimates.of(sampleJob({ model, input: { ...sampleJob().input, prompt } }))
    return { clock, durations, of }
  }

  it('is by the jobs of its kind, or else by those of its model', async () => {
    const { of, durations } = open(async (kind) =>
      kind === 'model fox' ? { ofKind: tens, ofModel: [] } : { ofKind: [1], ofModel: twenties },
    )
    expect(await of('fox')).toEqual(expectationOf('model fox', tens))
    expect(await of('owl')).toEqual(expectationOf('model owl', [1], twenties))
    expect(durations.mock.calls).toEqual(
      ['model fox', 'model owl'].map((kind) => [kind, kindOfModel('model')]),
    )
  })

  it('is read once in half a minute for each kind', async () => {
    const { of, durations, clock } = open()
    await Promise.all([of('fox'), of('fox'), of('owl')])
    await clock.advance(29_999)
    await of('fox')
    expect(durations).toHaveBeenCalledTimes(2)
    await clock.advance(1)
    await of('fox')
    expect(durations).toHaveBeenCalledTimes(3)
  })

  it('is remembered of the last thousand kinds', async () => {
    const { of, durations } = open()
    for (let index = 0; index < 1_000; index += 1) await of(String(index))
    await of('0')
    expect(durations).toHaveBeenCalledTimes(1_000)
    await of('one more')
    await of('1')
    expect(durations).toHaveBeenCalledTimes(1_002)
  })

  it('is the prior where it cannot be read, and is asked for again with the next job', async () => {
    let away = true
    const { of, durations } = open(async () => {
      if (away) throw new Error('away')
      return { ofKind: tens, ofModel: [] }
    })
    expect(await of('fox')).toEqual(expectationOf('model fox', []))
    away = false
    expect(await of('fox')).toEqual(expectationOf('model fox', tens))
    expect(durations).toHaveBeenCalledTimes(2)
  })
})
