import { describe, expect, it } from 'vitest'
import { createLog } from '../../src/log.ts'
import { createSweep } from '../../src/worker/sweep.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const round = 5_000

function start() {
  const clock = createFakeClock()
  const begin = clock.now()
  const scheduled: [key: string, at: number][] = []
  const asked: { before: number; limit: number }[] = []
  const warnings: string[] = []
  let admitted = 0
  let due: () => Promise<readonly { id: string; runAt: number }[]> = async () => []
  const sweep = createSweep({
    store: {
      stepsDue(query) {
        asked.push({ ...query, before: query.before - begin })
        return due()
      },
    },
    queue: { schedule: (key, at) => void scheduled.push([key, at - begin]) },
    clock,
    shared: true,
    settle: async () => {},
    log: createLog('warn', { write: (line) => void warnings.push(JSON.parse(line).msg) }),
    admit() {
      admitted += 1
    },
  })
  return {
    clock,
    sweep,
    scheduled,
    asked,
    warnings,
    get admitted() {
      return admitted
    },
    answerBy(next: typeof due) {
      due = next
    },
  }
}

describe('the sweep', () => {
  it('schedules the steps that the rows call overdue, and lets somebody start, in every round', async () => {
    const swept = start()
    const { clock, sweep, scheduled, asked, answerBy } = swept
    answerBy(async () => [
      { id: 'a', runAt: 0 },
      { id: 'b', runAt: 1 },
    ])
    sweep.start()
    await clock.advance(round - 1)
    expect(asked).toEqual([])
    await clock.advance(round + 1)
    expect(scheduled).toEqual([
      ['a', round],
      ['b', round],
      ['a', 2 * round],
      ['b', 2 * round],
    ])
    expect(swept.admitted).toBe(2)
    await sweep.stop()
  })

  it('asks for what is overdue by seconds, and for no more than can be scheduled at once', async () => {
    const { clock, sweep, asked } = start()
    sweep.start()
    await clock.advance(2 * round)
    expect(asked).toEqual([
      { before: 0, limit: 1_000 },
      { before: round, limit: 1_000 },
    ])
    await sweep.stop()
  })

  it('goes on after a fault of the history, and warns of it', async () => {
    const swept = start()
    const { clock, sweep, scheduled, warnings, answerBy } = swept
    answerBy(async () => {
      throw new Error('the history is away')
    })
    sweep.start()
    await clock.advance(2 * round)
    expect({ scheduled, admitted: swept.admitted }).toEqual({ scheduled: [], admitted: 0 })
    expect(warnings).toEqual(Array(2).fill('the rows cannot be compared with the queue, trying again'))
    answerBy(async () => [{ id: 'a', runAt: 0 }])
    await clock.advance(round)
    expect(scheduled).toEqual([['a', 3 * round]])
    await sweep.stop()
  })

  it('reads one round at a time, however long that takes', async () => {
    const { clock, sweep, asked, answerBy } = start()
    let answer: () => void = () => {}
    answerBy(
      () =>
        new Promise((resolve) => {
          answer = () => resolve([])
        }),
    )
    sweep.start()
    await clock.advance(10 * round)
    expect(asked).toHaveLength(1)
    answer()
    await clock.advance(round)
    expect(asked).toHaveLength(2)
    const stopping = sweep.stop()
    answer()
    await stopping
  })

  it('stops between two rounds without a timer', async () => {
    const { clock, sweep, asked } = start()
    sweep.start()
    await clock.advance(round)
    await sweep.stop()
    expect(clock.pending).toBe(0)
    await clock.advance(10 * round)
    expect(asked).toHaveLength(1)
  })

  it('waits for the round that reads when it stops, which schedules nothing any more', async () => {
    const swept = start()
    const { clock, sweep, scheduled, answerBy } = swept
    let answer: () => void = () => {}
    answerBy(
      () =>
        new Promise((resolve) => {
          answer = () => resolve([{ id: 'a', runAt: 0 }])
        }),
    )
    sweep.start()
    await clock.advance(round)
    let stopped = false
    const stopping = sweep.stop().then(() => {
      stopped = true
    })
    await clock.advance(round)
    expect(stopped).toBe(false)
    answer()
    await stopping
    expect({ scheduled, admitted: swept.admitted, pending: clock.pending }).toEqual({
      scheduled: [],
      admitted: 0,
      pending: 0,
    })
  })

  it('may be stopped before it begins', async () => {
    const { clock, sweep } = start()
    await sweep.stop()
    expect(clock.pending).toBe(0)
  })
})
