import { describe, expect, it } from 'vitest'
import { all, lost, none, one, start, statusOf, unsent } from './watched-vendor.ts'

describe('a submission', () => {
  async function begin() {
    const parts = start()
    await parts.health.begin()
    parts.asked.length = 0
    parts.told.length = 0
    return parts
  }

  it('that found no connection holds the others, lets the question be asked after its pause, and one find out', async () => {
    const { clock, health, told, see, asked, from } = await begin()
    see('submit', unsent)
    expect([health.maySubmit(), health.heldUntil()]).toEqual([none(from + 10_000), from + 10_000])
    expect(health.pause).toMatchObject({ reason: 'unreachable', message: 'refused' })
    await clock.advance(10_000)
    expect([asked, health.maySubmit()]).toEqual([[10], one])
    see('submit')
    expect(health.maySubmit()).toEqual(all)
    expect(told).toEqual(['unreachable begins', 'answer', 'unreachable ends'])
  })

  it.each([
    ['two lost answers', lost, 2],
    ['a refused key', statusOf(401), 1],
    ['a refusal that is not about the input', statusOf(405), 1],
  ] as const)('lets the question be asked at once after %s', async (_name, error, times) => {
    const { clock, health, world, see, asked } = await begin()
    world.balance = lost
    see('submit', error, times)
    expect(health.maySubmit()).toEqual(none())
    await clock.advance(0)
    expect([asked, health.maySubmit(), health.mayPoll()]).toEqual([[0], none(), all])
  })

  it.each([
    ['an account without credits', statusOf(402)],
    ['a model that is not there', statusOf(404)],
    ['the rate of the account', statusOf(429)],
  ])('says nothing of the vendor where it met %s', async (_name, error) => {
    const { health, see } = await begin()
    see('submit', error)
    expect(health.maySubmit()).toEqual(all)
  })

  it('that is refused for its input was answered', async () => {
    const { health, see } = await begin()
    see('submit', lost)
    expect(health.maySubmit()).toEqual(one)
    see('submit', statusOf(400))
    expect(health.maySubmit()).toEqual(all)
  })
})
