import { describe, expect, it } from 'vitest'
import { sampleJob } from '../support/job.ts'
import { useSharedBus } from '../support/shared-bus.ts'

const version = (id: string, number: number) => sampleJob({ id, version: number })
const never = () => new Promise<never>(() => {})
const over = new Error('over')

describe('a bus of many processes opens', () => {
  const test = useSharedBus()

  it('once it hears the others', async () => {
    let heard = () => {}
    test.ground.listen = () =>
      new Promise((resolve) => {
        heard = resolve
      })
    let opened = false
    const opening = test.open().then(() => {
      opened = true
    })
    await test.clock.advance(9_999)
    expect(opened).toBe(false)
    heard()
    await opening
  })

  it.each([
    ['as it is told', new Error('no such host'), 'no such host'],
    ['without words', new Error(''), 'it does not answer'],
    ['by no error', 'gone', 'it does not answer'],
  ])('not at all where the way fails %s, which is closed again', async (_name, cause, words) => {
    test.ground.listen = () => Promise.reject(cause)
    let closed = 0
    test.ground.close = async () => {
      closed += 1
      throw new Error('not open')
    }
    const message = `The bus of events on the moon cannot be reached: ${words}.`
    await expect(test.open()).rejects.toMatchObject({ message, cause })
    await test.clock.advance(60_000)
    test.ground.way.onError(new Error('late'))
    expect([closed, test.clock.pending, test.ground.lines, test.ground.reads]).toEqual([1, 0, [], []])
  })

  it.each([
    ['says nothing', [], 'it did not answer within 10 seconds'],
    ['says why', [() => test.ground.way.onError(new Error('refused'))], 'refused'],
    [
      'says why, then something,',
      [() => test.ground.way.onError(new Error('refused')), () => test.ground.hear(version('a', 1))],
      'it did not answer within 10 seconds',
    ],
  ])('not at all where the way %s for ten seconds', async (_name, said, words) => {
    test.ground.listen = never
    const opening = expect(test.open()).rejects.toThrow(`the moon cannot be reached: ${words}.`)
    await test.clock.advance(9_000)
    for (const say of said) say()
    await test.clock.advance(1_000)
    await opening
    expect(test.clock.pending).toBe(0)
  })

  it('for as long as somebody reads it', async () => {
    const bus = await test.open()
    const [one, all] = [bus.ofJob('a'), bus.ofAll()]
    expect(bus.listeners).toBe(2)
    bus.publish(version('a', 1))
    expect((await one.next()).value).toMatchObject({ id: 'a' })
    await one.return?.()
    await all.return?.()
    expect(bus.listeners).toBe(0)
  })
})

describe('a bus of many processes is closed', () => {
  const test = useSharedBus()
  /** When a close has ended, in milliseconds from now. */
  async function closing(bus: Awaited<ReturnType<typeof test.open>>) {
    const from = test.clock.now()
    let ended: number | null = null
    void bus.close(over).then(() => {
      ended = test.clock.now() - from
    })
    await test.clock.advance(0)
    return () => ended
  }

  it('when what was published has left, and its readers then', async () => {
    const { bus, told, ended } = await test.followed()
    for (const number of [1, 2]) bus.publish(version('a', number))
    const closed = await closing(bus)
    for (const [index, listeners] of [1, 1].entries()) {
      expect([closed(), bus.listeners]).toEqual([null, listeners])
      test.ground.sent[index]?.arrives()
      await test.clock.advance(100)
    }
    expect([closed(), await told(), await ended]).toEqual([100, ['a 1', 'a 2'], over])
    expect(test.clock.pending).toBe(0)
  })

  it.each([
    ['what leaves', 1_000],
    ['the way', 1_000],
  ])('after a second all the same, where %s does not end', async (what, ms) => {
    const bus = await test.open()
    if (what === 'the way') test.ground.close = never
    else bus.publish(version('a', 1))
    const closed = await closing(bus)
    await test.clock.advance(ms - 1)
    expect(closed()).toBeNull()
    await test.clock.advance(1)
    expect([closed(), test.clock.pending]).toEqual([ms, 0])
  })

  it('for others at once: what comes then is told here alone', async () => {
    const { bus, told } = await test.followed()
    bus.publish(version('a', 1))
    await test.clock.advance(0)
    const closed = await closing(bus)
    bus.publish(version('b', 1))
    test.ground.way.onError(new Error('cut off'))
    expect(await told()).toEqual(['a 1', 'b 1'])
    test.ground.sent[0]?.fails()
    await test.clock.advance(20_000)
    expect([closed(), test.ground.sent.length, test.ground.lines, test.ground.reads]).toEqual([0, 1, [], []])
  })

  it('without a word of how the way is, or another round', async () => {
    const { bus } = await test.followed()
    test.ground.way.onError(new Error('cut off'))
    test.ground.hear(version('a', 1))
    await bus.close(over)
    await test.clock.advance(60_000)
    expect([test.ground.lines.length, test.ground.reads]).toEqual([1, []])
  })
})
