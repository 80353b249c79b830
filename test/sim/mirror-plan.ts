import type { TenantId } from '../../src/jobs/tenant.ts'
import type { Random } from '../support/random.ts'

/** A client that keeps a copy of a tenant's jobs. */
export interface MirrorPlan {
  readonly tenant: TenantId
  readonly heartbeatMs: number | null
  /** How long it takes over each event. */
  readonly slowMs: number
  /** When it is connected. In between it is away, and all of them are once everything works: to be connected costs rounds. */
  readonly visits: readonly { readonly at: number; readonly forMs: number }[]
}

const second = 1_000
const minutesOfDay = 24 * 60

/** Where it is minutes, clients that were away for longer have to begin anew. */
export const drawChangesDays = (random: Random): number =>
  random.chance(0.3) ? random.whole(1, 4) / minutesOfDay : 30

export function drawMirrors(
  random: Random,
  {
    gateways,
    roughMs,
    wishes,
  }: {
    readonly gateways: number
    readonly roughMs: number
    readonly wishes: readonly { readonly tenant: TenantId }[]
  },
): MirrorPlan[] {
  const tenants = wishes.map(({ tenant }) => tenant)
  const count = random.one(gateways === 1 ? [1, 1, 2] : [2, 3, 4])
  return Array.from({ length: count }, () => ({
    tenant: tenants[random.whole(0, tenants.length - 1)] as TenantId,
    heartbeatMs: random.one([null, null, second, 15 * second]),
    slowMs: random.one([0, 0, 20, 500]),
    visits: drawVisits(random, roughMs, gateways === 1 ? alone : among),
  }))
}

/** Rounds of one gateway are a large part of all that happens, those of several a small one. */
const alone = { most: 4, longestMs: 20 * second }
const among = { most: 10, longestMs: 60 * second }

function drawVisits(
  random: Random,
  roughMs: number,
  { most, longestMs }: typeof alone,
): MirrorPlan['visits'] {
  const times = Array.from({ length: random.whole(1, most) }, () => random.whole(0, roughMs))
  return times
    .sort((one, other) => one - other)
    .map((at) => ({ at, forMs: random.whole(1, random.one([100, 3 * second, longestMs])) }))
}
