import type { TenantId } from '../../src/jobs/tenant.ts'
import type { JobChange } from '../../src/service/changes.ts'
import type { Random } from '../support/random.ts'
import type { Gateway } from './gateway.ts'
import type { Hosts } from './hosts.ts'
import type { Copy } from './mirror-copy.ts'
import type { Modules } from './modules.ts'
import { isSet, type Plan } from './plan.ts'
import type { Judge } from './rules.ts'
import type { Time, Trace } from './time.ts'

/** A stream of changes, as its client has it. */
export interface Connection {
  /** Null: it is over. */
  next(): Promise<JobChange | null>
  readonly ended: Promise<unknown>
  leave(): void
}

/** When a client leaves: at a time, or sooner. */
type End = { readonly at: number; readonly sooner: Promise<void> }

const dayMs = 24 * 60 * 60_000
/** What lies between the word of a stream and who hears it. */
const slackMs = 2_000

/** How a client goes on where its copy ends, at any gateway, and what is promised of that. */
export function createConnect(options: {
  readonly name: string
  readonly tenant: TenantId
  readonly heartbeatMs: number | null
  readonly copy: Copy
  readonly plan: Plan
  readonly modules: Modules
  readonly hosts: Hosts
  readonly judge: Judge
  readonly time: Time
  readonly random: Random
  readonly trace: Trace
}): (end: End | null) => Promise<Connection | null> {
  const { name, tenant, heartbeatMs, copy, plan, modules, hosts, judge, time, random, trace } = options
  const keptMs = plan.gateway.changesDays * dayMs
  const awayMs = () => time.now() - copy.toldAt

  function judgeError(error: unknown): void {
    trace.line(name, String(error))
    if (!(error instanceof modules.ExpectedError)) judge.report('errors-foreseen', `${name}: ${error}`)
  }

  /** By the clock of a gateway that was set, any time may have passed. */
  function judgeAge(isRight: boolean, words: string): void {
    if (!isRight && !isSet(plan)) judge.report('mirror-goes-on', `${name} is ${words} after ${awayMs()} ms`)
  }

  function refused(error: unknown): void {
    judgeError(error)
    if (!(error instanceof modules.ChangesExpiredError)) return
    judgeAge(copy.sequence !== null && awayMs() > keptMs - slackMs, 'refused')
    copy.begin()
    copy.save()
  }

  function connectionTo(
    { stream, gateway }: { readonly stream: AsyncIterator<JobChange>; readonly gateway: Gateway },
    end: End | null,
  ): Connection {
    const { life, stops } = gateway
    let cancel = () => {}
    const ended = new Promise<'it died' | 'it stops' | 'leaves'>((resolve) => {
      void life.died.then(() => resolve('it died'))
      void stops.then(() => resolve('it stops'))
      if (end === null) return
      cancel = time.after(end.at - time.now(), () => resolve('leaves'))
      void end.sooner.then(() => resolve('leaves'))
    })
    // A server ends its streams when it stops; a process that stands still notices later that a client has left.
    void stops.then(() => stream.return?.())

    return {
      ended,
      async next() {
        const answer = new Promise<void>(life.reach).then(() => stream.next())
        const next = await Promise.race([answer, ended]).catch(judgeError)
        if (typeof next === 'object' && !next.done) return next.value
        if (typeof next === 'object') judge.report('mirror-goes-on', `${name} is told of an end`)
        else trace.line(name, next ?? 'is broken off')
        return null
      },
      leave() {
        cancel()
        life.reach(() => void stream.return?.())
      },
    }
  }

  return async (end) => {
    const { sequence } = copy
    const askedAfterMs = awayMs()
    const reply = await hosts.ask(async (core, _, gateway) => {
      const { changes } = core.open({ tenant })
      return { stream: await modules.followChanges(changes, sequence, heartbeatMs), gateway }
    }, random)
    trace.line(name, `${sequence === null ? 'begins' : 'comes back'}: ${reply.kind}`)
    if (reply.kind === 'failed') refused(reply.error)
    if (reply.kind !== 'answered') return null
    if (sequence === null) copy.begin()
    else judgeAge(askedAfterMs < keptMs + slackMs, 'let in')
    return connectionTo(reply.value, end)
  }
}
