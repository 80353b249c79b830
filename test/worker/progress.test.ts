import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteStore, type SqliteStore } from '../../src/db/sqlite/store.ts'
import { createEmbeddedQueue } from '../../src/queue/embedded.ts'
import { createProgress } from '../../src/worker/progress.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { record } from '../support/stores.ts'

describe('whether the work goes on', () => {
  let store: SqliteStore
  let clock: FakeClock
  beforeEach(() => {
    store = openSqliteStore({ file: ':memory:' })
    clock = createFakeClock()
  })
  afterEach(() => store.close())

  function watch({ held = false } = {}) {
    const progress = createProgress({ store, clock, isHeld: () => held })
    return { progress, queue: progress.watch(createEmbeddedQueue(clock)) }
  }
  const waiting = () => record(store, { runAt: clock.now(), updatedAt: clock.now() })
  const sent = () => record(store, { state: 'CREATED', predictionId: 'p', runAt: clock.now() })

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
    await make()
    await clock.advance(60_000)
    expect(await progress.check()).toMatchObject({ ok: true })
    await clock.advance(1_000)
    expect(await progress.check()).toEqual({
      ok: false,
      detail: 'The oldest step is due since 61 s. The last one ran 61 s ago.',
    })
  })

  it('steps are late and some run: that is yes, and says how late', async () => {
    const { progress, queue } = watch()
    await sent()
    queue.start(async () => clock.now() + 30_000)
    queue.schedule('another', clock.now())
    await clock.advance(305_000)
    expect(await progress.check()).toEqual({
      ok: true,
      detail: 'The oldest step is due since 305 s. The last one ran 5 s ago.',
    })
    await queue.stop()
  })

  it('a pause of submissions is no reason to say no', async () => {
    const { progress } = watch({ held: true })
    await waiting()
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
