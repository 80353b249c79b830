import { describe, expect, it } from 'vitest'
import { HistoryUnavailableError } from '../../src/jobs/history-error.ts'
import { useLoops } from '../support/loops.ts'

describe('the loop, where something fails', () => {
  const test = useLoops()
  const { sent, but, pass, slow, ids } = test

  it.each([
    ['error', new Error('unforeseen'), 50],
    ['debug', new HistoryUnavailableError('broken'), 20],
  ] as const)('says so at the level %s where what is due cannot be read', async (_name, error, level) => {
    await test.start({ work: but({ take: () => Promise.reject(error) }) })
    await test.clock.advance(1_000)
    const line = { level, kind: 'poll', msg: 'what is due cannot be read, trying again' }
    expect(test.logged).toContainEqual(
      expect.objectContaining({ ...line, err: expect.objectContaining({ message: error.message }) }),
    )
  })

  it('leaves it to the history to say that work failed since it was away', async () => {
    await sent('a')
    await test.start({ run: () => Promise.reject(new HistoryUnavailableError('broken')) })
    await test.clock.advance(1_000)
    expect(test.logged).toContainEqual(
      expect.objectContaining({ level: 20, msg: 'step failed, trying again' }),
    )
  })

  it('tries a second later to give back what the history did not take, with what has ended since', async () => {
    await sent('a')
    await sent('b', 500)
    const given: [at: number, ids: string[]][] = []
    const work = but({
      async finish(_kind, _owner, results) {
        given.push([test.clock.now() - test.from, results.map(({ id }) => id)])
        if (given.length === 1) {
          await pass(2_000)
          throw new HistoryUnavailableError('broken')
        }
      },
    })
    await test.start({ work })
    await test.clock.advance(10_000)
    expect(given).toEqual([
      [0, ['a']],
      [3_000, ['a', 'b']],
    ])
    expect(test.logged).toContainEqual(
      expect.objectContaining({
        level: 20,
        kind: 'poll',
        err: expect.objectContaining({ message: expect.any(String) }),
        msg: 'what was done cannot be given back, trying again',
      }),
    )
  })

  it('holds what was given back once more meanwhile', async () => {
    const { work } = slow('finish')
    const loop = await test.start({ work })
    loop.hold('a')
    loop.giveBack('a', test.from + 5_000)
    await test.clock.advance(50)
    loop.giveBack('a', test.from + 9_000)
    await test.clock.advance(50)
    expect(loop.holds('a')).toBe(true)
    await test.clock.advance(100)
    expect(loop.holds('a')).toBe(false)
  })

  it.each([
    ['being taken', 'take', 300],
    ['given back', 'finish', 300],
    ['done', 'renew', 200],
  ] as const)('is stopped only when what is %s has come to its end', async (_name, slowly, endsAt) => {
    await sent('a')
    const { work } = slow(slowly)
    const loop = await test.start({ work, run: () => pass(200).then(() => null) })
    await test.clock.advance(50)
    let stoppedAt = 0
    void loop.stop().then(() => {
      stoppedAt = test.clock.now() - test.from
    })
    await test.clock.advance(1_000)
    expect(stoppedAt).toBe(endsAt)
    expect(loop.size).toBe(0)
  })

  it('that is stopped while it takes what is due does that, and takes no more', async () => {
    for (const id of ['a', 'b']) await sent(id)
    const { work } = slow('take')
    const one = but({ take: (request) => work.take({ ...request, limit: 1 }), async spread() {} })
    const loop = await test.start({ work: one })
    await test.clock.advance(50)
    void loop.stop()
    await test.clock.advance(1_000)
    expect(ids()).toEqual(['a'])
  })
})
