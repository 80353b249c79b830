import type { JobChange } from '../../src/service/changes.ts'
import type { Random } from '../support/random.ts'
import type { Commits } from './commits.ts'
import type { Hosts } from './hosts.ts'
import { type Connection, createConnect } from './mirror-connection.ts'
import { createCopy } from './mirror-copy.ts'
import type { MirrorPlan } from './mirror-plan.ts'
import type { Modules } from './modules.ts'
import { type Incident, isHindering, type Plan } from './plan.ts'
import { pauseMs } from './requests.ts'
import type { Judge } from './rules.ts'
import type { Time, Trace } from './time.ts'

export interface MirrorOptions {
  readonly plan: Plan
  readonly modules: Modules
  readonly hosts: Hosts
  readonly commits: Commits
  readonly judge: Judge
  readonly time: Time
  readonly random: Random
  readonly trace: Trace
}

/** Clients that keep copies by `jobChanges`. */
export interface Mirrors {
  /** Nothing changes any more: each comes a last time, and compares. */
  finish(): void
  /** How many have not. */
  readonly open: number
}

/** An answer from afar takes less, and a read that others have begun is shared. */
const underWayMs = 1_000
/** Of what no event tells, who waits is told with the next round. */
const soonMs = 5_000

export function startMirrors(options: MirrorOptions): Mirrors {
  const { plan, random } = options
  let open = plan.mirrors.length
  const last = createBell()
  for (const [index, mirror] of plan.mirrors.entries()) {
    const name = `mirror ${index + 1}`
    const client = createClient(mirror, name, last, { ...options, random: random.fork(name) })
    void client.live().finally(() => {
      open -= 1
    })
  }
  return {
    finish: last.ring,
    get open() {
      return open
    },
  }
}

function createBell() {
  let rung = false
  let tell = () => {}
  const ringing = new Promise<void>((resolve) => {
    tell = resolve
  })
  return {
    ringing,
    get rung() {
      return rung
    },
    ring() {
      rung = true
      tell()
    },
  }
}

function createClient(
  { tenant, heartbeatMs, slowMs, visits }: MirrorPlan,
  name: string,
  last: ReturnType<typeof createBell>,
  options: MirrorOptions,
) {
  const { plan, time, random, trace } = options
  const copy = createCopy({ name, tenant, now: time.now, ...options })
  const connect = createConnect({ name, tenant, heartbeatMs, copy, ...options })
  const start = time.now()
  const standsStill = plan.incidents.some(({ kind }) => kind === 'freeze')

  function hear(change: JobChange): void {
    const { kind, jobId, job } = change
    trace.line(name, `hears ${[kind, jobId, job && `v${job.version}`].filter(Boolean).join(' ')}`)
    copy.hear(change)
    if (kind === 'UP_TO_DATE' || random.chance(0.5)) copy.save()
  }

  /** Reads until something ends it; to the first word that this is all if it is the last time. Answers whether that was said. */
  async function read(connection: Connection, isLast: boolean): Promise<boolean> {
    for (;;) {
      const askedAt = time.now()
      const change = await connection.next()
      if (change === null) return false
      hear(change)
      if (change.kind === 'UP_TO_DATE') {
        if (isLast) copy.judge('mirror-whole', time.now())
        // What is read by a process that stands still is as old as that.
        else if (!standsStill) copy.judge('mirror-whole', askedAt - underWayMs)
        if (isLast) return true
      }
      if (slowMs > 0) await Promise.race([time.sleep(slowMs), connection.ended])
    }
  }

  /** Whether nothing has hindered gateways since, for long enough to hear of everything. */
  function isSmooth(since: number): boolean {
    const hinders = (incident: Incident) =>
      isHindering(incident) &&
      start + incident.at < time.now() &&
      start + incident.at + incident.forMs > since
    return time.now() - since > 2 * soonMs && !plan.incidents.some(hinders)
  }

  async function visit(
    end: { readonly at: number; readonly sooner: Promise<void> } | null,
  ): Promise<boolean> {
    const connection = await connect(end)
    if (connection === null) return false
    const begun = time.now()
    const isDone = await read(connection, end === null)
    const isLeft = end !== null && time.now() >= end.at
    if (isLeft && slowMs === 0 && isSmooth(begun - soonMs)) copy.judge('mirror-soon', time.now() - soonMs)
    connection.leave()
    if (random.chance(0.3)) copy.goBack()
    return isDone
  }

  /** Sleeps, unless it is called for the last time. */
  const sleep = (ms: number) => Promise.race([time.sleep(ms), last.ringing])

  return {
    async live(): Promise<void> {
      for (const { at, forMs } of visits) {
        await sleep(Math.max(0, start + at - time.now()))
        const end = { at: time.now() + forMs, sooner: last.ringing }
        while (time.now() < end.at && !last.rung) {
          await visit(end)
          if (time.now() < end.at) await sleep(pauseMs)
        }
      }
      await last.ringing
      while (!(await visit(null))) await time.sleep(pauseMs)
    },
  }
}
