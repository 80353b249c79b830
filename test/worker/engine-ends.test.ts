import { describe, expect, it } from 'vitest'
import { HistoryUnavailableError } from '../../src/jobs/history-error.ts'
import { useEngine } from '../support/engines.ts'

const full = new HistoryUnavailableError('full')

describe('an engine starts', () => {
  const test = useEngine()
  const { happened } = test

  it('where the history cannot be written as well, and begins when it can', async () => {
    test.ground.startLoop = () => Promise.reject(full)
    const engine = test.make()
    await engine.start()
    engine.admit()
    await test.clock.advance(9_999)
    expect(happened('start', 'claim')).toEqual(['start loop'])
    await test.clock.advance(10_001)
    expect(happened('start', 'claim')).toEqual(['start loop', 'start loop'])
    test.ground.startLoop = async () => {}
    await test.clock.advance(60_000)
    expect(happened('start', 'claim').slice(0, 2)).toEqual(['start loop', 'claim'])
    expect(test.ground.done).not.toContain('start loop')
    expect(test.ground.lines).toEqual([])
  })

  it('not at all where something else is wrong; later that has a line, and is tried again', async () => {
    const unforeseen = new Error('unforeseen')
    test.ground.startLoop = () => Promise.reject(unforeseen)
    await expect(test.make().start()).rejects.toBe(unforeseen)
    test.ground.startLoop = () => Promise.reject(full)
    await test.make().start()
    test.ground.startLoop = () => Promise.reject(unforeseen)
    await test.clock.advance(10_000)
    const line = { level: 50, msg: 'the work cannot begin, trying again', err: { message: 'unforeseen' } }
    expect(test.ground.lines).toMatchObject([line])
    test.ground.startLoop = async () => {}
    await test.clock.advance(10_000)
    expect(happened('claim')).toEqual(['claim'])
  })
})

describe('an engine that is stopped', () => {
  const test = useEngine()
  const { happened } = test
  /** Something that lasts until it is told to end. */
  function lasting() {
    let end = () => {}
    const promise = new Promise<void>((resolve) => {
      end = resolve
    })
    return { until: () => promise, end }
  }
  /** Whether a stop has ended. */
  async function stopping(engine: ReturnType<typeof test.make>) {
    let stopped = false
    void engine.stop().then(() => {
      stopped = true
    })
    await test.clock.advance(0)
    return async () => {
      await test.clock.advance(0)
      return stopped
    }
  }

  it.each([
    ['who is let in', ['sending', 'settling']],
    ['what was sent', ['settling', 'sending']],
  ] as const)('ends the loop last, and waits for %s before that, and for the loop', async (_name, ends) => {
    const underWay = { settling: lasting(), sending: lasting(), looping: lasting() }
    const { settling, sending, looping } = underWay
    const engine = await test.start()
    test.ground.sending = sending.until
    test.ground.waiting = ['a']
    engine.admit()
    await test.clock.advance(0)
    Object.assign(test.ground, { settle: settling.until, stopLoop: looping.until, waiting: ['b'] })
    engine.admit()
    await test.clock.advance(0)
    happened()
    const stopped = await stopping(engine)
    for (const name of ends) {
      expect([await stopped(), happened('stop')]).toEqual([false, []])
      underWay[name].end()
    }
    expect([await stopped(), happened('stop')]).toEqual([false, ['stop loop']])
    looping.end()
    expect(await stopped()).toBe(true)
    // Who waits is let in no more.
    expect(test.ground.waiting).toEqual(['b'])
  })

  it('leaves what cannot be written of a submission to whoever comes to it next', async () => {
    test.ground.waiting = ['a']
    test.ground.record = () => Promise.reject(full)
    const stopped = await stopping(await test.start())
    expect([await stopped(), happened('send', 'stop')]).toEqual([true, ['send a', 'stop loop']])
  })

  it('does not send, after a stop, what another admission would', async () => {
    const engine = await test.start()
    happened()
    await engine.stop()
    engine.admit()
    await test.clock.advance(120_000)
    expect(happened()).toEqual(['stop loop'])
  })

  it('while it starts lets that end, and lets nobody in', async () => {
    const starting = lasting()
    test.ground.startLoop = starting.until
    const engine = test.make()
    void engine.start()
    const stopped = await stopping(engine)
    expect([await stopped(), happened()]).toEqual([false, ['start loop']])
    starting.end()
    expect([await stopped(), happened()]).toEqual([true, ['stop loop']])
  })

  it('while its start fails is stopped all the same', async () => {
    let fail = () => {}
    test.ground.startLoop = () =>
      new Promise((_, reject) => {
        fail = () => reject(new Error('unforeseen'))
      })
    const engine = test.make()
    const started = expect(engine.start()).rejects.toThrow('unforeseen')
    const stopped = await stopping(engine)
    fail()
    await started
    expect(await stopped()).toBe(true)
  })

  it('while it waits for the history to be writable waits no longer, and does not begin', async () => {
    test.ground.startLoop = () => Promise.reject(full)
    const engine = test.make()
    await engine.start()
    happened()
    const stopped = await stopping(engine)
    expect([await stopped(), happened(), test.clock.pending]).toEqual([true, ['stop loop'], 0])
  })

  it('while it begins late waits for that', async () => {
    test.ground.startLoop = () => Promise.reject(full)
    const engine = test.make()
    await engine.start()
    const starting = lasting()
    test.ground.startLoop = starting.until
    await test.clock.advance(10_000)
    happened()
    const stopped = await stopping(engine)
    expect([await stopped(), happened()]).toEqual([false, []])
    starting.end()
    expect([await stopped(), happened()]).toEqual([true, ['stop loop']])
  })
})
