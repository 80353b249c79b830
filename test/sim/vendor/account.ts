import type { Random } from '../../support/random.ts'
import type { Time, Trace } from '../time.ts'

/** The gateway's own limit of an exchange. */
export const timeLimitMs = 30_000

/** What a client of the vendor may do; exceeding the rate is answered with 429, too many at once wait or are refused. */
export interface AccountLimits {
  readonly videosPerMinute: number
  readonly concurrency: number
}

/** How a task ends at the vendor. */
export type Ending = 'completed' | 'failed' | 'cancelled' | 'timeout'

export interface Task {
  readonly id: string
  readonly model: string
  readonly input: Readonly<Record<string, unknown>>
  readonly webhook: string | null
  /** The job it was made for. The vendor does not know; the simulator does. */
  readonly job: string
  readonly createdAt: number
  /** When the request left that made it. */
  readonly sentAt: number
  /** Whether its price is to be paid: what failed is refunded. */
  billed: boolean
  status: 'created' | 'processing' | Ending
  endedAt: number | null
  /** The task code of a failed one. */
  readonly failure: { readonly code: number; readonly words: string }
  /** From when on the list shows it. */
  readonly listedAt: number
  deleted: boolean
}

/** Whether it arrived when the gateway had already given up waiting for an answer. */
export const isOverdue = ({ createdAt, sentAt }: Pick<Task, 'createdAt' | 'sentAt'>): boolean =>
  createdAt - sentAt > timeLimitMs

/** A submission that a limit of the account refused. */
export interface Exceeded {
  readonly limit: 'rate' | 'concurrency'
  /** The tasks that left no room. */
  readonly taken: readonly Task[]
  /** When the request left. */
  readonly sentAt: number
}

export interface Account {
  readonly tasks: ReadonlyMap<string, Task>
  /** Makes a task and bills it, or answers that the limits leave no room. */
  submit(request: Pick<Task, 'model' | 'input' | 'webhook' | 'job' | 'sentAt'>): Task | 'exceeded'
  task(id: string): Task | null
  /** What the list shows now, newest first. */
  listed(query: {
    readonly model: string | null
    readonly after: number
    readonly before: number
  }): readonly Task[]
  remove(ids: readonly string[]): number
}

/** What the seed says of the vendor. */
export interface AccountPlan {
  readonly limits: AccountLimits
  /** Whether a task above the concurrency waits at the vendor; the facts have it both ways. */
  readonly excessWaits: boolean
  /** The longest that the list may lag behind. */
  readonly listLagMs: number
  /** How wrong the vendor's own clock is. */
  readonly skewMs: number
  /** The share of tasks that end in another way than with a video. */
  readonly failing: number
  readonly hanging: number
  readonly longestMs: number
}

const minute = 60_000
/** A task that hangs is given up by the vendor at last: longer than any deadline here. */
const hangsMs = 40 * minute
const codes = [1200, 1402, 1405, 5000, 5004, 0] as const

/** The vendor's side of an account: its tasks, its limits and what it bills. */
export function createAccount(options: {
  readonly plan: AccountPlan
  readonly time: Time
  readonly random: Random
  readonly trace: Trace
  /** Told when a task has ended, for its callback. */
  readonly onEnd: (task: Task) => void
  readonly onExceeded: (exceeded: Exceeded) => void
}): Account {
  const { plan, time, random, trace, onEnd, onExceeded } = options
  const tasks = new Map<string, Task>()
  /** Those that wait for a place. */
  const waiting: Task[] = []

  const isOpen = (task: Task) => task.endedAt === null
  const running = () =>
    [...tasks.values()].filter((task) => isOpen(task) && task.status === 'processing').length

  function start(task: Task): void {
    time.after(random.whole(200, 20_000), () => {
      if (!isOpen(task)) return
      if (running() >= plan.limits.concurrency) {
        waiting.push(task)
        return
      }
      run(task)
    })
  }

  function run(task: Task): void {
    task.status = 'processing'
    const ending = drawEnding()
    const ms = random.chance(plan.hanging) ? hangsMs : random.whole(500, plan.longestMs)
    time.after(ms, () => isOpen(task) && end(task, ms === hangsMs ? 'timeout' : ending))
  }

  function drawEnding(): Ending {
    if (!random.chance(plan.failing)) return 'completed'
    return random.one(['failed', 'failed', 'failed', 'cancelled', 'timeout'])
  }

  function end(task: Task, ending: Ending): void {
    task.status = ending
    task.endedAt = time.now()
    if (ending === 'failed' || ending === 'timeout') task.billed = false
    trace.line('vendor', `${task.id} ${ending}`)
    onEnd(task)
    const next = waiting.shift()
    if (next) run(next)
  }

  return {
    tasks,
    submit(request) {
      const now = time.now()
      const inWindow = [...tasks.values()].filter(({ createdAt }) => createdAt > now - minute)
      if (inWindow.length >= plan.limits.videosPerMinute) {
        onExceeded({ limit: 'rate', taken: inWindow, sentAt: request.sentAt })
        return 'exceeded'
      }
      const open = [...tasks.values()].filter(isOpen)
      if (!plan.excessWaits && open.length >= plan.limits.concurrency) {
        onExceeded({ limit: 'concurrency', taken: open, sentAt: request.sentAt })
        return 'exceeded'
      }
      const task: Task = {
        ...request,
        id: Buffer.from(random.bytes(new Uint8Array(16))).toString('hex'),
        createdAt: now,
        billed: true,
        status: 'created',
        endedAt: null,
        failure: { code: random.one(codes), words: 'the model gave up' },
        listedAt: now + random.whole(0, plan.listLagMs),
        deleted: false,
      }
      tasks.set(task.id, task)
      trace.line('vendor', `${task.id} is made for ${request.job}`)
      start(task)
      return task
    },
    task(id) {
      const task = tasks.get(id)
      return task && !task.deleted ? task : null
    },
    listed({ model, after, before }) {
      const now = time.now()
      return [...tasks.values()]
        .filter(
          (task) =>
            !task.deleted &&
            task.listedAt <= now &&
            (model === null || task.model === model) &&
            task.createdAt + plan.skewMs >= after &&
            task.createdAt + plan.skewMs <= before,
        )
        .reverse()
    },
    remove(ids) {
      const known = ids.flatMap((id) => tasks.get(id) ?? []).filter(({ deleted }) => !deleted)
      for (const task of known) task.deleted = true
      return known.length
    },
  }
}
