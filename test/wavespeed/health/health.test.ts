import { describe, expect, it } from 'vitest'
import { VendorError } from '../../../src/wavespeed/error.ts'
import { all, lost, none, one, start, statusOf } from './watched-vendor.ts'

describe('at the start', () => {
  it('nothing is sent, and one job polled, before the question was answered', async () => {
    const { health, told, said } = start()
    expect([health.maySubmit(), health.mayPoll()]).toEqual([none(), one])
    await health.begin()
    expect([health.mayPoll(), health.maySubmit()]).toEqual([all, all])
    expect([health.maySubmit(), told, said()]).toEqual([all, ['answer'], ['the vendor accepts the key']])
  })

  it('the question is repeated with growing pauses until it was answered, and then no more', async () => {
    const { clock, health, world, asked, said } = start()
    world.balance = lost
    await health.begin()
    await clock.advance(100_000)
    expect(asked).toEqual([0, 1, 3, 7, 15, 31, 51, 71, 91])
    expect(health.maySubmit()).toEqual(none())
    world.balance = null
    await clock.advance(3_600_000)
    expect(asked.slice(9)).toEqual([111])
    expect(said().at(-1)).toBe('the vendor accepts the key')
    expect(clock.pending).toBe(0)
  })

  it('any answer to a poll is as good', async () => {
    const { clock, health, world, asked, told, see } = start()
    world.balance = lost
    await health.begin()
    see('poll')
    expect([health.mayPoll(), health.maySubmit(), told]).toEqual([all, all, ['answer']])
    await clock.advance(3_600_000)
    expect(asked).toEqual([0])
  })

  it('a sandbox is not said to accept a key', async () => {
    const { health, world, said } = start()
    world.sandbox = true
    await health.begin()
    expect([health.sandbox, said()]).toEqual([true, [expect.stringContaining('SANDBOX')]])
  })

  it.each([
    ['a balance that the key may not see', statusOf(403)],
    ['one in another form', new VendorError('shape', 'not as documented', { status: 200, isVendors: true })],
  ])("is the vendor's answer: %s", async (_name, error) => {
    const { health, world } = start()
    world.balance = error
    await health.begin()
    expect([health.maySubmit(), health.status.state]).toEqual([all, 'OK'])
  })

  it.each([
    ['the refusal of somebody else', statusOf(403, { isVendors: false }), 'NOT_THE_VENDOR'],
    ['a refused key', statusOf(401), 'KEY_REFUSED'],
    ['a fault of ours, which is an error in the log', new TypeError('ours'), 'UNKNOWN'],
  ])('is none: %s', async (_name, error, state) => {
    const { health, world, lines } = start()
    world.balance = error
    await health.begin()
    expect([health.maySubmit(), health.status.state]).toEqual([none(), state])
    if (error instanceof TypeError) expect(lines).toMatchObject([{ level: 50, err: { message: 'ours' } }])
  })

  it('a stop ends the questions', async () => {
    const { clock, health, world, asked } = start()
    world.balance = lost
    await health.begin()
    health.stop()
    expect(clock.pending).toBe(0)
    await clock.advance(3_600_000)
    expect(asked).toEqual([0])
  })
})

describe('who answers', () => {
  it('is told by the question for the balance alone: a poll may meet a page of a proxy', () => {
    const { health, see } = start()
    see('poll', statusOf(404, { isVendors: false }))
    expect(health.status.state).toBe('UNKNOWN')
    see('balance', statusOf(404, { isVendors: false }))
    expect(health.status.state).toBe('NOT_THE_VENDOR')
  })

  it('accepts the key again where the balance is one that it may not see', () => {
    const { health, see } = start()
    see('poll', statusOf(401))
    expect(health.status.state).toBe('KEY_REFUSED')
    see('balance', statusOf(403))
    expect(health.status.state).toBe('OK')
  })
})

describe('an outage', () => {
  async function begin(options: { random?: number; pollMs?: number } = {}) {
    const parts = start(options)
    await parts.health.begin()
    parts.asked.length = 0
    parts.told.length = 0
    return parts
  }

  it('is one question for polls and submissions, every twenty seconds', async () => {
    const { clock, health, world, asked, told, see, from } = await begin()
    world.balance = lost
    see('poll', lost, 2)
    expect(health.mayPoll()).toEqual(all)
    see('poll', lost, 250)
    see('submit', lost, 32)
    expect([health.mayPoll(), health.maySubmit()]).toEqual([none(from), none()])
    await clock.advance(0)
    expect([health.mayPoll(), asked]).toEqual([none(from + 20_000), [0]])
    await clock.advance(90_000)
    expect([asked, told]).toEqual([[0, 20, 40, 60, 80], []])
  })

  it('of polls alone is waited for a little before the first question', async () => {
    const { clock, health, world, asked, see, from } = await begin()
    world.balance = statusOf(503)
    see('poll', statusOf(503), 3)
    expect([health.mayPoll(), health.maySubmit()]).toEqual([none(from + 10_000), none()])
    await clock.advance(60_000)
    expect(asked).toEqual([10, 30, 50])
  })

  it('is asked about sooner where polls are, with pauses that double', async () => {
    const { clock, world, asked, see } = await begin({ pollMs: 1_000 })
    world.balance = lost
    see('poll', lost, 3)
    await clock.advance(60_000)
    expect(asked).toEqual([2, 6, 14, 30, 50])
  })

  it('is over for submissions with the answer, and for all polls with the first of them', async () => {
    const { clock, health, told, see } = await begin()
    see('poll', lost, 3)
    await clock.advance(10_000)
    expect([health.mayPoll(), health.maySubmit(), told]).toEqual([one, all, ['answer']])
    see('poll')
    see('poll')
    expect([health.mayPoll(), told]).toEqual([all, ['answer', 'recovered']])
  })

  it('goes on for polls where the next is not answered either', async () => {
    const { clock, health, asked, see } = await begin()
    see('poll', lost, 3)
    await clock.advance(10_000)
    see('poll', lost)
    expect(health.mayPoll()).toEqual(none(clock.now() + 10_000))
    await clock.advance(10_000)
    expect([health.mayPoll(), asked]).toEqual([one, [10, 20]])
  })

  it('is over with whatever is answered of what was under way, and nothing is asked any more', async () => {
    for (const kind of ['poll', 'list', 'submit'] as const) {
      const { clock, health, asked, told, see } = await begin()
      see('poll', lost, 3)
      see(kind)
      expect([health.mayPoll(), told]).toEqual([all, ['recovered']])
      await clock.advance(60_000)
      expect(asked).toEqual([])
    }
  })

  it('is asked about as rarely as the vendor asks for, within a minute', async () => {
    const { clock, world, asked, see } = await begin()
    world.balance = statusOf(503, { retryAfterMs: 50_000 })
    see('poll', statusOf(503, { retryAfterMs: 30_000 }), 3)
    await clock.advance(140_000)
    world.balance = statusOf(503, { retryAfterMs: 3_600_000 })
    await clock.advance(160_000)
    expect(asked).toEqual([30, 80, 130, 180, 240, 300])
  })

  it('is asked about at times that differ between gateways, by a quarter at the most', async () => {
    const firsts = []
    for (const random of [0, 1]) {
      const { clock, asked, see, health } = await begin({ random })
      see('poll', lost, 3)
      await clock.advance(20_000)
      firsts.push([asked[0], health.retryPause(100_000)])
    }
    expect(firsts).toEqual([
      [7.5, 75_000],
      [12.5, 125_000],
    ])
  })

  it.each([
    ['the vendor does not know a prediction', 'poll', statusOf(404)],
    ['an answer makes no sense', 'poll', new VendorError('shape', 'nonsense', { status: 200 })],
    ['what users ask for fails', 'other', lost],
  ] as const)('is none where %s', async (_name, kind, error) => {
    const { health, see } = await begin()
    see(kind, error, 9)
    expect(health.mayPoll()).toEqual(all)
  })

  it('is seen in searches, too, whatever their answer', async () => {
    const { health, see } = await begin()
    see('list', statusOf(404), 3)
    expect(health.mayPoll().atMost).toBe(0)
  })

  it('slows what is asked again down with each that is not answered, or as the vendor asks', async () => {
    const { health, see } = await begin()
    const pauses = [1, 2, 3].map(() => {
      see('poll', lost)
      return health.retryPause()
    })
    expect([...pauses, health.retryPause(50_000)]).toEqual([10_000, 20_000, 40_000, 50_000])
    see('poll')
    expect(health.retryPause()).toBe(5_000)
  })
})
