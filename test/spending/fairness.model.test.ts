import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TenantId } from '../../src/jobs/tenant.ts'
import { next, positionOf, type Queue } from '../../src/spending/fairness.ts'
import { createRandom } from '../support/random.ts'
import { always } from '../support/seed.ts'
import { contender, queue, served } from './queues.ts'

const drawnWeight = fc.oneof(
  fc.constant(1),
  fc.constantFrom(0.1, 0.3, 0.5, 2, 3, 7),
  fc.double({ min: 0.001, max: 1_000, noNaN: true }),
)

/** A limit may have been lowered below what is there already. */
const drawnRoom = fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: -2, max: 8 }))

const nameOf = (index: number) => `t${index}` as TenantId

/** Queues of tenants that were served at different times, or never. */
const drawnQueues = (
  weight: fc.Arbitrary<number>,
  most = 12,
  room: fc.Arbitrary<number> = fc.constant(Number.POSITIVE_INFINITY),
) =>
  fc
    .array(
      fc.record({
        held: fc.integer({ min: 0, max: 9 }),
        room,
        weight,
        isNew: fc.boolean(),
        oldest: fc.integer({ min: 0, max: 3 }),
        waiting: fc.integer({ min: 1, max: most }),
      }),
      { minLength: 1, maxLength: 6 },
    )
    .map((drawn): Queue[] =>
      drawn.map(({ isNew, ...queue }, index) => ({
        ...queue,
        tenant: nameOf(index),
        servedAt: isNew ? null : (index * 7) % 5,
      })),
    )

/** One job ends whenever as many run as may: the tenants of those that start, in their order. */
function startedAt(
  account: { concurrency: number },
  queues: readonly Queue[],
  ends: () => number,
): TenantId[] {
  const running: TenantId[] = []
  const started: TenantId[] = []
  let left = queues.filter(({ waiting }) => waiting > 0)
  while (left.length > 0) {
    if (running.length === account.concurrency) running.splice(Math.floor(ends() * running.length), 1)
    const first = next(
      left.map((one) => ({ ...one, held: running.filter((tenant) => tenant === one.tenant).length })),
    )
    if (!first) break
    running.push(first.tenant)
    started.push(first.tenant)
    left = left.flatMap((one) => {
      if (one.tenant !== first.tenant) return one
      return one.waiting > 1 ? { ...one, waiting: one.waiting - 1, servedAt: started.length } : []
    })
  }
  return started
}

describe('by the rule of shares', () => {
  it('the position of a job is how many claims it takes until it starts', () => {
    always(
      fc.property(drawnQueues(drawnWeight, 12, drawnRoom), (queues) => {
        const order = served(queues)
        for (const own of queues) {
          const claims = order.flatMap((tenant, index) => (tenant === own.tenant ? index + 1 : []))
          expect(claims.map((_, index) => positionOf(own, index + 1, queues))).toEqual(claims)
        }
      }),
      500,
    )
  })

  it('a job whose tenant has no room comes after all that may start, and after those of its tenant', () => {
    always(
      fc.property(drawnQueues(drawnWeight, 12, drawnRoom), (queues) => {
        const order = served(queues)
        for (const own of queues) {
          const others = order.filter((tenant) => tenant !== own.tenant).length
          const started = order.length - others
          for (let rank = started + 1; rank <= own.waiting; rank++)
            expect(positionOf(own, rank, queues)).toBe(others + rank)
        }
      }),
    )
  })

  it('nobody has more jobs started than there is room for', () => {
    always(
      fc.property(drawnQueues(drawnWeight, 12, drawnRoom), (queues) => {
        const order = served(queues)
        for (const { tenant, room, waiting } of queues)
          expect(order.filter((one) => one === tenant)).toHaveLength(Math.min(waiting, Math.max(0, room)))
      }),
    )
  })

  it('no job has the position of another, whoever has it', () => {
    always(
      fc.property(drawnQueues(drawnWeight, 40), (queues) => {
        const all = queues.flatMap((own) =>
          Array.from({ length: own.waiting }, (_, index) => positionOf(own, index + 1, queues)),
        )
        expect(all.sort((one, other) => one - other)).toEqual(all.map((_, index) => index + 1))
      }),
    )
  })

  it('a tenant’s first job starts after at most one of each other tenant, where all have as much', () => {
    always(
      fc.property(drawnQueues(fc.constant(1)), fc.nat(5), (drawn, held) => {
        const queues = drawn.map((one) => ({ ...one, held }))
        const first = served(queues, queues.length)
        expect(new Set(first).size).toBe(queues.length)
      }),
    )
  })

  it('whoever has a job started had no more for its weight than any that waits', () => {
    always(
      fc.property(drawnQueues(drawnWeight, 60), fc.integer({ min: 1, max: 60 }), (drawn, claims) => {
        const queues = drawn.map((one) => ({ ...one, held: 0, waiting: 60 }))
        const order = served(queues, claims)
        const started = (tenant: TenantId) => order.filter((one) => one === tenant).length
        for (const one of queues)
          for (const other of queues) {
            if (started(one.tenant) === 0) continue
            expect((started(one.tenant) - 1) / one.weight).toBeLessThanOrEqual(
              started(other.tenant) / other.weight,
            )
          }
      }),
    )
  })

  it('whoever was idle gets no more in a row than the others have more than it, and one', () => {
    always(
      fc.property(drawnQueues(drawnWeight, 30), (drawn) => {
        const queues = drawn.map((one) => ({ ...one, waiting: 30 }))
        const [idle, ...others] = queues as [Queue, ...Queue[]]
        const order = served(queues)
        for (const other of others) {
          const row = order.slice(0, order.indexOf(other.tenant)).filter((one) => one === idle.tenant).length
          const behind = (other.held / other.weight) * idle.weight - idle.held
          expect(row).toBeLessThanOrEqual(Math.max(0, Math.ceil(behind)) + 1)
        }
      }),
    )
  })

  it('it is the same tenant’s turn, whatever order they are told in', () => {
    always(
      fc.property(
        drawnQueues(drawnWeight).chain((queues) =>
          fc.tuple(fc.constant(queues), fc.shuffledSubarray(queues, { minLength: queues.length })),
        ),
        ([queues, shuffled]) => {
          expect(next(shuffled)?.tenant).toBe(next(queues)?.tenant)
        },
      ),
    )
  })

  it('a thousand jobs of one hold nobody up on an account of five', () => {
    const queues = [queue('thousand', 1_000), queue('ten', 10, { oldest: 1 }), queue('one', 1, { oldest: 2 })]
    const order: string[] = startedAt({ concurrency: 5 }, queues, () => 0)
    expect(order).toHaveLength(1_011)
    expect(order.slice(0, 3)).toEqual(['thousand', 'ten', 'one'])
    // Then one of each by turns, so that the ten are through when the other has started as many.
    expect(order.lastIndexOf('ten')).toBeLessThanOrEqual(20)
  })

  it('places at once go by weight, whatever ends when', () => {
    always(
      fc.property(fc.nat(), (seed) => {
        const { next: ends } = createRandom(seed)
        const queues = [queue('one', 300), queue('three', 900, { weight: 3 })]
        const order: string[] = startedAt({ concurrency: 8 }, queues, ends)
        // Of 8 at once two and six, so that a job of each ends as often as its tenant’s share says.
        const started = order.slice(0, 800).filter((one) => one === 'one').length
        expect(started).toBeGreaterThan(150)
        expect(started).toBeLessThan(250)
      }),
      30,
    )
  })

  it('that a tenant waited long without a job gives it nothing', () => {
    expect(
      next([contender('back', { held: 1, servedAt: 1 }), contender('here', { held: 0, servedAt: 99 })])
        ?.tenant,
    ).toBe('here')
  })
})
