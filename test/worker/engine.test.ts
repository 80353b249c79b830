import { describe, expect, it } from 'vitest'
import { HistoryUnavailableError } from '../../src/jobs/history-error.ts'
import { useEngine } from '../support/engines.ts'
import { holdOf } from '../support/holds.ts'
import { sampleJob } from '../support/job.ts'

const job = sampleJob()
const ids = (count: number) => Array.from({ length: count }, (_, index) => `${index}`)

describe('an engine lets in', () => {
  const test = useEngine()
  const { happened } = test

  it('all who may start, one after the other, when what went before is told', async () => {
    test.ground.waiting = ['a', 'b']
    await test.start()
    expect(happened('start', 'step', 'settle', 'claim', 'send')).toEqual([
      'start loop',
      'step',
      'settle',
      'claim',
      'send a',
      'claim',
      'send b',
      'claim',
      'step',
      // The end of a submission may have made room.
      'step',
      'settle',
      'claim',
      'step',
    ])
  })

  it('by the limits of the account, with a lease, and a secret for the callback if there is one', async () => {
    const now = test.clock.now()
    await test.start({ drawCallbackToken: () => 'secret' })
    const [claim] = test.ground.claims
    expect(claim).toMatchObject({
      now,
      limits: { videosPerMinute: 5, concurrency: 7 },
      windowStart: now - 61_000,
      lease: { owner: 'me', until: now + 9_000 },
    })
    expect(claim?.decide(job)?.job).toMatchObject({
      state: 'SUBMITTING',
      callbackToken: 'secret',
      updatedAt: now,
    })
    await test.start()
    expect(test.ground.claims.at(-1)?.decide(job)?.job).toMatchObject({ callbackToken: null })
  })

  it('as many with one claim as it has hands free', async () => {
    test.ground.room = { atMost: 3, until: null }
    test.ground.claimsAtOnce = 9
    test.ground.waiting = ids(4)
    const through: (() => void)[] = []
    test.ground.sending = () => new Promise((resolve) => through.push(resolve))
    await test.start()
    expect(happened('claim', 'send')).toEqual(['claim', 'send 0', 'send 1', 'send 2'])
    expect(test.ground.claims.map(({ atMost }) => atMost)).toEqual([3])
    through[1]?.()
    await test.clock.advance(0)
    expect(happened('claim', 'send')).toEqual(['claim', 'send 3'])
    expect(test.ground.claims.map(({ atMost }) => atMost)).toEqual([3, 1])
    for (const end of through) end()
  })

  it.each([
    ['32', { atMost: 99, until: null }, 32],
    ['there is room for', { atMost: 2, until: null }, 2],
  ])('no more at once than %s, and another one when one is through', async (_name, room, most) => {
    test.ground.room = room
    test.ground.waiting = ids(40)
    const through: (() => void)[] = []
    test.ground.sending = () => new Promise((resolve) => through.push(resolve))
    const engine = await test.start()
    expect(happened('send')).toHaveLength(most)
    engine.admit()
    await test.clock.advance(0)
    expect(happened('send', 'claim')).toEqual([])
    through[0]?.()
    await test.clock.advance(0)
    expect(happened('send')).toEqual([`send ${most}`])
    test.ground.waiting = []
    test.ground.sending = async () => {}
    for (const end of through) end()
  })

  it('nobody while the vendor is away, and goes on at the time that was said', async () => {
    test.ground.room = { atMost: 0, until: test.clock.now() + 20_000 }
    test.ground.waiting = ['a']
    await test.start()
    await test.clock.advance(19_999)
    expect(happened('claim')).toEqual([])
    test.ground.room = { atMost: 9, until: null }
    await test.clock.advance(1)
    expect(happened('send')).toEqual(['send a'])
  })

  it('nobody while the claim says so, and asks again at that time', async () => {
    const now = test.clock.now()
    test.ground.until = now + 7_000
    await test.start()
    await test.clock.advance(6_999)
    expect(happened('claim')).toEqual(['claim'])
    test.ground.waiting = ['a']
    await test.clock.advance(1)
    expect(happened('send')).toEqual(['send a'])
  })

  it('after it was told of a start, and is told of what holds submissions up before anybody is sent', async () => {
    test.ground.waiting = ['a']
    test.ground.found = [holdOf('account')]
    await test.start()
    expect(happened('holds', 'start', 'heed', 'send')).toEqual([
      'start loop',
      'holds start',
      'heed 1',
      'send a',
      'heed 1',
      'heed 1',
    ])
  })

  it.each([
    [false, 60_000],
    [true, 5_000],
  ])('whoever it was not told of within a while, where others share the rows: %s', async (shared, ms) => {
    await test.start({ shared })
    happened()
    await test.clock.advance(ms - 1)
    expect(happened('claim')).toEqual([])
    await test.clock.advance(1)
    expect(happened('claim')).toEqual(['claim'])
  })

  it('the next when a task is over, and does not ask after any other poll', async () => {
    await test.start()
    happened()
    test.ground.poll = async ({ id }) => (id === 'ended' ? null : 7_000)
    expect(await test.ground.step(sampleJob({ id: 'runs' }))).toBe(7_000)
    await test.clock.advance(0)
    expect(happened('claim')).toEqual([])
    expect(await test.ground.step(sampleJob({ id: 'ended' }))).toBeNull()
    await test.clock.advance(0)
    expect(happened('claim')).toEqual(['claim'])
  })

  it('who waits when it is told so, and after an outage, of which what is overdue is spread', async () => {
    const engine = await test.start()
    happened()
    engine.admit()
    await test.clock.advance(0)
    expect(happened('claim', 'spread')).toEqual(['claim'])
    test.ground.spread = () => Promise.reject(new Error('full'))
    engine.recovered()
    await test.clock.advance(0)
    expect(happened('claim', 'spread')).toEqual(['spread', 'claim'])
    const msg = 'what is overdue cannot be spread: it comes all at once'
    expect(test.ground.lines).toMatchObject([{ level: 20, msg, err: { message: 'full' } }])
  })

  it.each([
    ['error', new Error('unforeseen'), 50],
    ['debug', new HistoryUnavailableError('full'), 20],
  ] as const)(
    'nobody where that cannot be written, says so at %s and tries again',
    async (_name, error, level) => {
      test.ground.settle = () => Promise.reject(error)
      await test.start()
      const { message } = error
      const msg = 'no job can be let in, trying again'
      expect(test.ground.lines).toMatchObject([{ level, msg, err: { message } }])
      expect(happened('step', 'settle', 'claim')).toEqual(['step', 'settle', 'step'])
      test.ground.settle = async () => {}
      await test.clock.advance(10_000)
      expect(happened('claim')).toEqual(['claim'])
    },
  )
})
