import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createProgress } from '../../src/worker/progress.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import type { JobStore } from '../support/stores.ts'
import { openSqliteStore, record, type SqliteStore } from '../support/stores.ts'

describe('whether the work goes on', () => {
  let store: SqliteStore
  let clock: FakeClock
  beforeEach(() => {
    store = openSqliteStore({ file: ':memory:' })
    clock = createFakeClock()
  })
  afterEach(() => store.close())

  function watch({ held = false, pollsHeld = false } = {}) {
    // As a history elsewhere answers: later.
    const asked = {
      firstDue: vi.fn<JobStore['firstDue']>(async (kind) => store.firstDue(kind)),
      waitingSince: vi.fn<JobStore['waitingSince']>(async () => store.waitingSince()),
    }
    const progress = createProgress({
      work: asked,
      clock,
      isHeld: () => held,
      arePollsHeld: () => pollsHeld,
    })
    return { progress, asked }
  }
  const waiting = () => record(store, { runAt: clock.now(), updatedAt: clock.now() })
  const sent = () => record(store, { state: 'CREATED', predictionId: 'p', updatedAt: clock.now() })

  it('nothing is due, so nothing has to run', async () => {
    const { progress } = watch()
    await clock.advance(3_600_000)
    expect(await progress.check()).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/No step is due/),
    })
  })

  it.each([
    ['a waiting job is not started', waiting],
    ['a running job is not asked about', sent],
  ])('%s, and nothing else runs either: that is no', async (_name, make) => {
    const { progress } = watch()
    await clock.advance(10_000)
    await make()
    expect(await progress.check()).toEqual({
      ok: true,
      detail: 'The oldest step is due since 0 s. The last one ran 10 s ago.',
    })
    await clock.advance(60_000)
    expect(await progress.check()).toMatchObject({ ok: true })
    await clock.advance(1_000)
    expect(await progress.check()).toEqual({
      ok: false,
      detail: 'The oldest step is due since 61 s. The last one ran 71 s ago.',
    })
  })

  it('steps are late and some run: that is yes, and says how late', async () => {
    const { progress } = watch()
    await sent()
    await clock.advance(300_000)
    progress.stepped()
    await clock.advance(5_000)
    expect(await progress.check()).toEqual({
      ok: true,
      detail: 'The oldest step is due since 305 s. The last one ran 5 s ago.',
    })
    await clock.advance(55_000)
    expect(await progress.check()).toMatchObject({ ok: true })
    await clock.advance(1_000)
    expect(await progress.check()).toMatchObject({ ok: false })
  })

  it('of many that wait the one that was made first has to run, and no more rows than one are read', async () => {
    const { progress, asked } = watch()
    const from = clock.now()
    await record(store, { id: 'ended', state: 'COMPLETED', createdAt: from - 2, runAt: from - 2 })
    await record(store, { id: 'first', createdAt: from, updatedAt: from + 5_000, runAt: from + 5_000 })
    await record(store, { id: 'second', createdAt: from + 1, updatedAt: from + 1, runAt: from + 600_000 })
    await clock.advance(66_000)
    expect(await progress.check()).toEqual({
      ok: false,
      detail: 'The oldest step is due since 61 s. The last one ran 66 s ago.',
    })
    expect(asked.firstDue.mock.calls).toEqual([['poll']])
    expect(asked.waitingSince).toHaveBeenCalledTimes(1)
  })

  it('a pause of submissions is no reason to say no', async () => {
    const { progress } = watch({ held: true })
    await waiting()
    await clock.advance(300_000)
    expect(await progress.check()).toMatchObject({ ok: true })
  })

  it('polls that pause while the vendor is away are no reason to say no', async () => {
    const { progress } = watch({ pollsHeld: true })
    await sent()
    await clock.advance(300_000)
    expect(await progress.check()).toMatchObject({ ok: true })
  })

  it('a job whose pause is not over is not due', async () => {
    const { progress } = watch()
    await record(store, { runAt: clock.now() + 600_000 })
    await clock.advance(300_000)
    expect(await progress.check()).toMatchObject({ ok: true })
  })
})
