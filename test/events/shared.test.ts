import { describe, expect, it } from 'vitest'
import { HistoryUnavailableError } from '../../src/jobs/history-error.ts'
import { sampleJob } from '../support/job.ts'
import { latest, maxBytes, useSharedBus } from '../support/shared-bus.ts'

const version = (id: string, number: number) => sampleJob({ id, version: number })

describe('a bus of many processes', () => {
  const test = useSharedBus()
  const { open, followed } = test

  describe('tells', () => {
    it('its own readers at once and the others by a message, nothing twice and nothing older', async () => {
      const { bus, told } = await followed()
      expect(bus.listeners).toBe(1)
      const heard: number[] = []
      bus.subscribe((job) => heard.push(job.version))
      for (const number of [2, 1, 2]) bus.publish(version('a', number))
      expect(heard).toEqual([2])
      expect(await told()).toEqual(['a 2'])
      expect(test.ground.sent.map(({ text }) => JSON.parse(text))).toEqual([version('a', 2)])
    })

    it('the others of one job in order, and of others meanwhile', async () => {
      const bus = await open()
      const sent = async () => {
        await test.clock.advance(0)
        return test.ground.sent.map(({ text }) => JSON.parse(text)).map((job) => `${job.id} ${job.version}`)
      }
      for (const number of [1, 2]) bus.publish(version('a', number))
      bus.publish(version('b', 1))
      expect(await sent()).toEqual(['a 1', 'b 1'])
      // That one is lost is no reason to keep the next.
      test.ground.sent[0]?.fails()
      expect(await sent()).toEqual(['a 1', 'b 1', 'a 2'])
      bus.publish(version('a', 3))
      expect(await sent()).toEqual(['a 1', 'b 1', 'a 2'])
      test.ground.sent[2]?.arrives()
      expect(await sent()).toEqual(['a 1', 'b 1', 'a 2', 'a 3'])
    })

    it('the id alone of what is too large for a message, counted in bytes', async () => {
      const bus = await open()
      const large = (id: string, bytes: number) => {
        const rest = Buffer.byteLength(JSON.stringify(sampleJob({ id, prompt: '' })))
        return sampleJob({ id, prompt: 'ü'.repeat((bytes - rest) / 2) })
      }
      const even =
        Buffer.byteLength(JSON.stringify(sampleJob({ id: 'a', prompt: '' }))) % 2 === 0 ? 'a' : 'aa'
      bus.publish(large(even, maxBytes))
      bus.publish(large(`${even}bb`, maxBytes + 2))
      await test.clock.advance(0)
      const [fits, refers] = test.ground.sent.map(({ text }) => JSON.parse(text))
      expect(fits).toEqual(large(even, maxBytes))
      expect(refers).toEqual({ read: `${even}bb` })
    })

    it('what it hears, once and nothing older, and what it is only referred to as its row stands', async () => {
      const { bus, told } = await followed()
      for (const number of [3, 2, 3]) test.ground.hear(version('a', number))
      bus.publish(version('a', 3))
      test.ground.rows = { b: version('b', 7) }
      for (const read of ['b', 'gone']) test.ground.hear({ read })
      expect(await told()).toEqual(['a 3', 'b 7'])
      expect([test.ground.sent, test.ground.lines]).toEqual([[], []])
    })

    it('what it missed while nothing was heard, at once, and nothing that it told', async () => {
      const { told } = await followed()
      test.ground.hear(version('a', 2))
      test.ground.written = [version('a', 2), version('b', 1)]
      test.ground.way.onGap()
      expect(await told()).toEqual(['a 2', 'b 1'])
    })

    it('what no message told within five seconds, where somebody listens', async () => {
      const { told } = await followed()
      test.ground.written = [version('a', 1)]
      await test.clock.advance(5_000)
      expect(await told()).toEqual(['a 1'])
      expect(test.ground.reads).toEqual([latest])
      await open()
      await test.clock.advance(5_000)
      expect(test.ground.reads).toHaveLength(2)
    })

    it('nothing older for as long as a message may be late, and then forgets what it told', async () => {
      const { told } = await followed()
      test.ground.hear(version('a', 2))
      await test.clock.advance(90_000)
      test.ground.hear(version('a', 1))
      expect(await told()).toEqual(['a 2'])
      await test.clock.advance(5_000)
      test.ground.hear(version('a', 1))
      expect(await told()).toEqual(['a 2', 'a 1'])
    })
  })

  describe('has a line', () => {
    const nonsense = { level: 40, msg: 'a message on the bus is no job: another program may be using it' }

    it.each<[unknown]>([
      [null],
      [7],
      ['text'],
      [{}],
      [{ read: 7 }],
      ...(['id', 'version', 'state', 'input', 'outputs'] as const).map((name): [unknown] => [
        { ...version('a', 1), [name]: undefined },
      ]),
      [{ ...version('a', 1), input: null }],
      [{ ...version('a', 1), outputs: {} }],
    ])('for a message that is no job: %j', async (message) => {
      const { told } = await followed()
      test.ground.hear(message)
      expect([await told(), test.ground.lines]).toEqual([[], [nonsense]])
    })

    it.each([
      ['warn', new Error('unforeseen'), 40],
      ['debug', new HistoryUnavailableError('broken'), 20],
    ])('at %s for a row that cannot be read', async (_name, error, level) => {
      const { told } = await followed()
      test.ground.rows = { a: error }
      test.ground.hear({ read: 'a' })
      await told()
      const { message } = error
      const msg = 'a change cannot be read, trying again'
      expect(test.ground.lines).toMatchObject([{ level, jobId: 'a', err: { message }, msg }])
    })

    it('for a way that is lost, and for its end, by what is heard and what leaves', async () => {
      const { bus } = await followed()
      const lost = { level: 40, msg: 'events of other gateways are late: the bus does not answer' }
      const back = { level: 30, ms: 1_000, msg: 'the bus answers again' }
      for (const message of ['cut off', 'still cut off']) {
        test.ground.way.onError(new Error(message))
        await test.clock.advance(1_000)
      }
      expect(test.ground.lines).toMatchObject([{ ...lost, err: { message: 'cut off' } }])
      test.ground.hear(version('a', 1))
      await test.clock.advance(15_000)
      expect(test.ground.lines.slice(1)).toEqual([back])
      bus.publish(version('b', 1))
      await test.clock.advance(0)
      test.ground.sent[0]?.fails()
      await test.clock.advance(1_000)
      expect(test.ground.lines.slice(2)).toMatchObject([{ ...lost, err: { message: 'cut' } }])
      bus.publish(version('b', 2))
      await test.clock.advance(0)
      test.ground.sent[1]?.arrives()
      await test.clock.advance(15_000)
      expect(test.ground.lines.slice(3)).toEqual([{ ...back, ms: 0 }])
    })
  })
})
