import { localTenant, type TenantId } from '../../src/jobs/tenant.ts'
import type { Random } from '../support/random.ts'
import type { BusTrouble } from './bus.ts'
import type { DiskTrouble } from './disk.ts'
import type { GatewayPlan } from './gateway.ts'
import { drawChangesDays, drawMirrors, type MirrorPlan } from './mirror-plan.ts'
import type { AccountPlan } from './vendor/account.ts'
import type { CallbackPlan } from './vendor/callbacks.ts'
import type { Weather } from './vendor/faults.ts'
import { drawWrongClock } from './wrong-clock.ts'

/** One thing that happens to the world, at a time since the beginning. */
export type Incident = { readonly at: number } & (
  | {
      readonly kind: 'crash'
      readonly host: number
      readonly crossings: number
      readonly side: 'before' | 'after'
      /** Null: for good. */
      readonly downMs: number | null
    }
  | { readonly kind: 'stop'; readonly host: number; readonly downMs: number | null }
  /** A process stands still. */
  | { readonly kind: 'freeze'; readonly host: number; readonly forMs: number }
  /** A clock is set. */
  | { readonly kind: 'jump'; readonly of: number | 'database'; readonly ms: number }
  /** The next process dies that has claimed a job to find out whether a hold is over. */
  | { readonly kind: 'dies trying'; readonly crossings: number; readonly side: 'before' | 'after' }
  | { readonly kind: 'bus'; readonly trouble: BusTrouble; readonly forMs: number }
  | { readonly kind: 'disk'; readonly trouble: DiskTrouble; readonly forMs: number }
  | { readonly kind: 'weather'; readonly weather: Weather; readonly forMs: number }
)

/** What one user wants. */
export interface Wish {
  readonly tenant: TenantId
  readonly at: number
  readonly prompt: string
  /** Null: the gateway draws it. */
  readonly seed: number | null
  readonly keyed: boolean
  readonly follows: 'job' | 'jobs' | 'leaves' | null
  readonly heartbeat: boolean
  readonly cancelAfterMs: number | null
  readonly retries: boolean
  readonly deletes: 'here' | 'everywhere' | null
}

/** Everything that a seed says before the run begins. */
export interface Plan {
  /** How many share the history. */
  readonly gateways: number
  readonly gateway: GatewayPlan
  /** How many jobs a tenant may have at the vendor, where its row says so. */
  readonly ownLimits: Readonly<Record<string, number>>
  readonly account: AccountPlan
  readonly calls: CallbackPlan
  /** Whether the history is a database elsewhere. */
  readonly distant: boolean
  /** The largest message between gateways, in bytes: of larger changes only the id is told. */
  readonly longestMessage: number
  readonly wireFaults: number
  /** How long it may take until a connection to the vendor stands. */
  readonly connectMs: number
  readonly archiveFaults: number
  readonly wishes: readonly Wish[]
  readonly mirrors: readonly MirrorPlan[]
  readonly incidents: readonly Incident[]
  /** Until when things go wrong; from then on everything works. */
  readonly roughMs: number
  /** Whether requests of several users are equal to the letter. */
  readonly equals: boolean
}

/** Whether it keeps a gateway that lives from reading, writing or telling. */
export const isHindering = (incident: Incident): incident is Extract<Incident, { readonly forMs: number }> =>
  incident.kind === 'disk' || incident.kind === 'freeze'

export const isUnhindered = ({ incidents }: Plan): boolean => !incidents.some(isHindering)

const second = 1_000
const minute = 60 * second

const weathers = [
  'refusing',
  'silent',
  'unavailable',
  'portal',
  'garbled',
  'key',
  'credits',
  'model',
] as const
const troubles = ['busy', 'busy', 'full', 'lost-answers', 'broken'] as const

export function drawPlan(random: Random, gateways: number): Plan {
  const plan = drawLife(random, gateways)
  const wrong = gateways === 1 ? drawWrongClock(random.fork('wrong clock'), plan) : []
  return {
    ...plan,
    incidents: [...plan.incidents, ...wrong],
    mirrors: drawMirrors(random.fork('mirrors'), plan),
  }
}

function drawLife(random: Random, gateways: number): Omit<Plan, 'mirrors'> {
  const roughMs = random.whole(1, 10) * minute
  const limits = random.one([
    { videosPerMinute: 2, concurrency: 2 },
    { videosPerMinute: 5, concurrency: 3 },
    { videosPerMinute: 500, concurrency: 300 },
  ])
  const equals = random.chance(0.15)
  const among = random.fork('gateways')
  const tenantOf = drawTenants(random.fork('customers'))
  const bounds = random.fork('running jobs')
  return {
    gateways,
    gateway: {
      pollSeconds: random.one([1, 2, 5, 10]),
      deadlineMinutes: random.one([3, 10, 20]),
      limits,
      perTenant: bounds.one([null, null, 1, 2]),
      callbacks: random.chance(0.5),
      archived: random.chance(0.3),
      changesDays: drawChangesDays(random.fork('deletions')),
    },
    ownLimits: drawOwnLimits(bounds),
    account: {
      limits,
      excessWaits: random.chance(0.5),
      listLagMs: random.one([0, 5 * second, minute]),
      skewMs: random.chance(0.3) ? random.whole(-90, 90) * second : 0,
      failing: random.one([0, 0.1, 0.5]),
      hanging: random.one([0, 0, 0.1]),
      longestMs: random.one([5 * second, minute, 4 * minute]),
    },
    calls: {
      lost: random.one([0, 0.2, 1]),
      repeated: random.one([0, 0.5]),
      forged: random.one([0, 0.3]),
    },
    distant: random.chance(0.4) || gateways > 1,
    longestMessage: among.one([200, 7_900]),
    connectMs: gateways > 1 ? among.one([0, 0, 20 * second]) : 0,
    wireFaults: random.one([0, 0, 0.05, 0.3]),
    archiveFaults: random.one([0, 0.3]),
    wishes: Array.from({ length: random.whole(1, gateways === 1 ? 4 : 8) }, () =>
      drawWish(random, roughMs, equals, tenantOf()),
    ),
    incidents: [
      ...drawIncidents(random, roughMs),
      ...drawLastTrouble(random.fork('last trouble'), roughMs),
      ...(gateways > 1 ? drawAmong(among, roughMs) : []),
    ].map((incident) => (gateways > 1 ? placed(incident, among, gateways) : incident)),
    roughMs,
    equals,
  }
}

/** Whose wishes they are: everybody's are one tenant's in half of the lives. */
function drawTenants(random: Random): () => TenantId {
  const other = (name: string) => name as TenantId // No request opens a history for another one yet.
  const names = random.one<readonly [TenantId, ...TenantId[]]>([
    [localTenant, other('blue')],
    [localTenant],
    [localTenant],
    [localTenant, localTenant, other('blue'), other('green')],
  ])
  return () => random.one(names)
}

/** Some have a limit of their own, be there one for the others or not. */
function drawOwnLimits(random: Random): Plan['ownLimits'] {
  const limited = [localTenant, 'blue', 'green'].filter(() => random.chance(0.25))
  return Object.fromEntries(limited.map((name) => [name, random.whole(1, 3)]))
}

function drawWish(random: Random, roughMs: number, equals: boolean, tenant: TenantId): Wish {
  return {
    tenant,
    at: random.whole(0, random.chance(0.5) ? 20 * second : roughMs),
    prompt: random.chance(0.05) ? 'a forbidden fox' : equals ? 'a fox' : `a fox of ${random.whole(0, 1e9)}`,
    seed: equals ? 7 : random.chance(0.3) ? random.whole(0, 1e9) : null,
    keyed: random.chance(0.5),
    follows: random.one(['job', 'job', 'jobs', 'leaves', null]),
    heartbeat: random.chance(0.3),
    cancelAfterMs: random.chance(0.25) ? random.whole(0, random.one([2 * second, 2 * minute])) : null,
    retries: random.chance(0.3),
    deletes: random.chance(0.25) ? random.one(['here', 'everywhere']) : null,
  }
}

function several(random: Random, share: number, most: number, draw: () => Incident): Incident[] {
  return random.chance(share) ? Array.from({ length: random.whole(1, most) }, draw) : []
}

function drawIncidents(random: Random, roughMs: number): Incident[] {
  const at = () => random.whole(0, roughMs)
  const some = (share: number, most: number, draw: () => Incident) => several(random, share, most, draw)
  return [
    ...some(0.5, 4, () => ({
      at: at(),
      kind: 'crash',
      host: 0,
      crossings: random.whole(1, 12),
      side: random.one(['before', 'after']),
      downMs: random.whole(100, random.one([5 * second, 3 * minute])),
    })),
    ...some(0.25, 2, () => ({ at: at(), kind: 'stop', host: 0, downMs: random.whole(100, minute) })),
    ...some(0.15, 2, () => ({
      at: at(),
      kind: 'jump',
      of: 0,
      ms: random.whole(-1, 1) * random.whole(second, random.one([20 * second, 90 * minute])),
    })),
    ...some(0.25, 2, () => ({
      at: at(),
      kind: 'disk',
      trouble: random.one(troubles),
      forMs: random.whole(100, random.one([4 * second, 40 * second])),
    })),
    ...some(0.4, 2, () => ({
      at: at(),
      kind: 'weather',
      weather: random.one(weathers),
      forMs: random.whole(second, random.one([minute, 12 * minute])),
    })),
  ]
}

/**
 * Answers of the history that are lost until everything works again. What a process does not hear then it may never hear,
 * unless it asks: a crash in between would have it read everything anew.
 */
function drawLastTrouble(random: Random, roughMs: number): Incident[] {
  if (!random.chance(0.3)) return []
  const forMs = random.whole(second, Math.min(roughMs, 2 * minute))
  return [{ at: roughMs - forMs, kind: 'disk', trouble: 'lost-answers', forMs }]
}

/** What only goes wrong among several gateways. A lease lasts 15 seconds. */
function drawAmong(random: Random, roughMs: number): Incident[] {
  const at = () => random.whole(0, roughMs)
  return [
    ...several(random, 0.5, 4, () => ({
      at: at(),
      kind: 'freeze',
      host: 0,
      forMs: random.whole(100, random.one([5 * second, 45 * second])),
    })),
    ...several(random, 0.5, 3, () => ({
      at: at(),
      kind: 'bus',
      trouble: random.one(['away', 'deaf']),
      forMs: random.whole(100, random.one([5 * second, 2 * minute])),
    })),
    // It is rare that a crash meets a try by chance.
    ...several(random.fork('trying'), 0.3, 2, () => ({
      at: at(),
      kind: 'dies trying',
      crossings: random.whole(1, 6),
      side: random.one(['before', 'after']),
    })),
  ]
}

/** Which of several it happens to. The first is never gone for good. */
function placed(incident: Incident, random: Random, gateways: number): Incident {
  const host = random.whole(0, gateways - 1)
  switch (incident.kind) {
    case 'crash':
    case 'stop':
      return { ...incident, host, downMs: host > 0 && random.chance(0.2) ? null : incident.downMs }
    case 'freeze':
      return { ...incident, host }
    case 'jump':
      return { ...incident, of: random.chance(0.5) ? 'database' : host }
    default:
      return incident
  }
}

/** Whether gateways may go by different times: those that began after the database's clock was set back, and the others. */
export const mayDisagree = ({ incidents }: Plan) =>
  incidents.some((incident) => incident.kind === 'jump' && incident.of === 'database' && incident.ms < 0)

/** Whether a clock is set. */
export const isSet = ({ incidents }: Pick<Plan, 'incidents'>): boolean =>
  incidents.some(({ kind }) => kind === 'jump')
