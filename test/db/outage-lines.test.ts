import { describe, expect, it } from 'vitest'
import { withOutageLines } from '../../src/db/outage-lines.ts'
import { HistoryUnavailableError } from '../../src/jobs/history-error.ts'
import type { History } from '../../src/jobs/work.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createLogLines } from '../support/log-lines.ts'

const away = new HistoryUnavailableError('full')
const lost = { msg: 'the history is not available, trying again', err: { code: 'HISTORY_UNAVAILABLE' } }
const back = (ms: number) => ({ msg: 'the history is available again', ms })

function start() {
  const clock = createFakeClock()
  const { log, lines } = createLogLines()
  const state: { fault: Error | null } = { fault: null }
  const answer = async () => {
    if (state.fault) throw state.fault
    return null
  }
  const history = {
    for: () => ({}),
    work: { job: answer, prune: answer },
    changes: {},
    ping: answer,
    checkWritable: answer,
  } as unknown as History // only what is called
  const watched = withOutageLines(history, { clock, log })
  const read = () => watched.history.work.job('a')
  const write = () => watched.history.work.prune(0, 0)
  const failing = async (fault: Error, act: () => Promise<unknown>) => {
    state.fault = fault
    await expect(act()).rejects.toBe(fault)
    state.fault = null
  }
  return { clock, lines, read, write, failing, stop: watched.stop }
}

describe('an outage of the history', () => {
  it('is told once, and its end once nothing has failed for a while', async () => {
    const { clock, lines, read, failing } = start()
    await failing(away, read)
    await clock.advance(2_000)
    await failing(away, read)
    expect(lines).toMatchObject([lost])
    await read()
    await clock.advance(15_000)
    expect(lines).toMatchObject([lost, back(2_000)])
    await failing(away, read)
    expect(lines).toHaveLength(3)
  })

  it('of writes is over when a write has gone through, since it could be read all the time', async () => {
    const { clock, lines, read, write, failing } = start()
    await failing(away, write)
    await read()
    await clock.advance(60_000)
    expect(lines).toMatchObject([lost])
    await write()
    await clock.advance(60_000)
    expect(lines).toMatchObject([lost, back(0)])
    // The next one is one of reads again.
    await failing(away, read)
    await read()
    await clock.advance(60_000)
    expect(lines).toMatchObject([lost, back(0), lost, back(0)])
  })

  it('of reads and writes is one of writes, whichever failed last', async () => {
    const { clock, lines, read, write, failing } = start()
    await failing(away, write)
    await failing(away, read)
    await read()
    await clock.advance(60_000)
    expect(lines).toMatchObject([lost])
  })

  it('is none where what was asked for cannot be done', async () => {
    const { lines, read, failing } = start()
    await failing(new Error('no such row'), read)
    expect(lines).toEqual([])
  })

  it('is told no more after a stop', async () => {
    const { clock, lines, read, failing, stop } = start()
    await failing(away, read)
    await read()
    stop()
    await clock.advance(60_000)
    expect([lines.length, clock.pending]).toEqual([1, 0])
  })
})
