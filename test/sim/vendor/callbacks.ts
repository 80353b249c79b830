import { createHmac } from 'node:crypto'
import type { Random } from '../../support/random.ts'
import type { Time, Trace } from '../time.ts'
import type { Task } from './account.ts'
import { webhookSecret } from './api.ts'

export interface Delivery {
  readonly url: string
  readonly id: string
  readonly timestamp: string
  readonly signature: string
  readonly body: string
  /** Made by somebody who does not know the secret. */
  readonly forged: boolean
}

/** What the seed says of callbacks. */
export interface CallbackPlan {
  /** The share of tasks whose callback never comes. */
  readonly lost: number
  readonly repeated: number
  readonly forged: number
}

/** Calls back when a task has ended: once as a rule, up to three times where it is not taken. */
export function createVendorCallbacks(options: {
  readonly plan: CallbackPlan
  readonly time: Time
  readonly random: Random
  readonly trace: Trace
  readonly bodyOf: (task: Task) => string
  /** Answers whether it was taken. */
  readonly deliver: (delivery: Delivery) => Promise<boolean>
}): (task: Task) => void {
  const { plan, time, random, trace, bodyOf, deliver } = options

  function sign(task: Task, forged: boolean): Delivery {
    const body = bodyOf(task)
    const timestamp = String(Math.floor(time.now() / 1_000))
    const key = forged ? 'guessed' : webhookSecret
    const hex = createHmac('sha256', key).update(`${task.id}.${timestamp}.${body}`).digest('hex')
    return { url: task.webhook ?? '', id: task.id, timestamp, signature: `v3,${hex}`, body, forged }
  }

  async function call(task: Task, forged: boolean): Promise<void> {
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      trace.line('vendor', `calls back for ${task.id}${forged ? ', forged' : ''}`)
      if (await deliver(sign(task, forged))) return
      await time.sleep(2_000 * 4 ** attempt)
    }
  }

  return (task) => {
    if (task.webhook === null || (task.status !== 'completed' && task.status !== 'failed')) return
    if (random.chance(plan.forged)) time.after(random.whole(1, 2_000), () => void call(task, true))
    if (random.chance(plan.lost)) return
    time.after(random.whole(1, 3_000), () => void call(task, false))
    if (random.chance(plan.repeated)) time.after(random.whole(1, 90_000), () => void call(task, false))
  }
}
