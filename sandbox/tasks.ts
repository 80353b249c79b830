import { randomUUID } from 'node:crypto'
import type { components } from '../src/generated/wavespeed.ts'
import type { TaskFault } from './faults.ts'
import type { Keep } from './keep.ts'
import type { Limits } from './limits.ts'
import type { SandboxOptions, Timers } from './options.ts'
import { toCents } from './prices.ts'
import type { Task } from './task.ts'

type Prediction = components['schemas']['Prediction']
type ListRequest = components['schemas']['PredictionListRequest']

/** What a submit hands over. */
interface NewTask {
  model: string
  input: { readonly [key: string]: unknown }
  price: number
  faults: readonly TaskFault[]
  webhook?: string | undefined
  /** Length in seconds, in place of the configured one. */
  seconds?: number | undefined
}

/** The tasks of the account: a database that lives as long as the sandbox, or as its folder. */
export interface Tasks {
  create(task: NewTask): Task
  /** The task, unless it is unknown, deleted or older than 7 days. */
  get(id: string): Task | undefined
  /** Every task, newest first. */
  all(): Task[]
  delete(ids: readonly string[]): number
  list(request: ListRequest): { total: number; items: Prediction[] }
  /** The task as the vendor would show it now. */
  show(task: Task, inputKey?: 'input' | 'inputs'): Prediction
  /** US dollars left. */
  balance(): number
  /** When the price of a task was given back; null if it was not. */
  refundedAt(task: Task): number | null
}

const day = 24 * 60 * 60 * 1_000
export const retentionMs = 7 * day
const startingBalance = 10_000
const kept = 200_000 // tasks; the oldest goes first
const createdShare = 0.15 // of a task's time, before it shows as processing

/** The vendor's task codes and what they mean. */
const meanings: { readonly [code: number]: string } = {
  1200: 'Content moderation: the input contains sensitive information',
  1400: 'A parameter is missing',
  1401: 'A parameter is invalid',
  1402: 'The input media URL is not reachable',
  1403: 'The task could not be completed',
  1405: 'The task failed',
  1406: 'The task failed after all retries',
  1407: 'Insufficient credits',
  5000: 'Internal server error',
  5003: 'Service unavailable',
  5004: 'Timeout',
}

export function createTasks(deps: {
  clock: Pick<Timers, 'now'>
  limits: Limits
  seconds: NonNullable<SandboxOptions['taskSeconds']>
  random: () => number
  baseUrl: () => string
  keep: Pick<Keep, 'tasks' | 'gone' | 'created' | 'deleted'>
}): Tasks {
  const { clock, limits, keep } = deps
  const tasks = new Map<string, Task>()
  const charged = new Map<string, { price: number; refundAt: number }>()
  let spent = 0

  const draw = () => {
    if (typeof deps.seconds === 'number') return deps.seconds
    const [minimum, maximum] = deps.seconds
    return minimum + deps.random() * (maximum - minimum)
  }

  const get = (id: string) => {
    const task = tasks.get(id)
    return task && clock.now() - task.createdAt < retentionMs ? task : undefined
  }

  const all = () => [...tasks.keys()].reverse().flatMap((id) => get(id) ?? [])

  const show: Tasks['show'] = (task, inputKey) => {
    const state = stateAt(task, clock.now())
    const done = state.status === 'completed'
    const ran = state.ended ? Math.round(task.endsAt - task.startsAt) : 0
    return {
      id: task.id,
      model: task.model,
      outputs: done ? [`${deps.baseUrl()}/outputs/${task.id}.mp4`] : [],
      urls: { get: `${deps.baseUrl()}/api/v3/predictions/${task.id}/result` },
      has_nsfw_contents: done ? [has(task, 'nsfw')] : [],
      status: state.status,
      // The vendor's times have up to nine digits, which a parser of three has to survive.
      created_at: new Date(task.createdAt).toISOString().replace('Z', '000000Z'),
      error: state.error,
      code: state.code,
      executionTime: ran,
      timings: { inference: ran },
      ...(inputKey && { [inputKey]: task.input }),
    }
  }

  /** A task that is new, or that was kept. */
  const add = (task: Task) => {
    tasks.set(task.id, task)
    spent += task.price
    if (has(task, 'fail')) charged.set(task.id, { price: task.price, refundAt: task.endsAt })
    const oldest = tasks.size > kept ? tasks.keys().next().value : undefined
    if (oldest !== undefined) tasks.delete(oldest)
  }
  for (const task of keep.tasks) {
    limits.restore(task.createdAt, task.endsAt)
    add(task)
  }
  for (const id of keep.gone) tasks.delete(id)

  return {
    get,
    all,
    show,
    create(wanted) {
      const now = clock.now()
      const seconds = has(wanted, 'never-finishes') ? Number.POSITIVE_INFINITY : (wanted.seconds ?? draw())
      const { start, end } = limits.take(now, seconds * 1_000)
      const task: Task = {
        id: randomUUID().replaceAll('-', ''),
        model: wanted.model,
        input: wanted.input,
        price: wanted.price,
        createdAt: now,
        startsAt: start,
        endsAt: end,
        faults: wanted.faults,
        webhook: wanted.webhook,
      }
      keep.created(task)
      add(task)
      return task
    },
    // A running task that is deleted keeps its slot to its end and is not refunded: neither is documented.
    delete(ids) {
      const deleted = [...new Set(ids.filter((id) => get(id) && tasks.delete(id)))]
      if (deleted.length > 0) keep.deleted(deleted)
      return deleted.length
    },
    list(request) {
      const after = Math.max(time(request.created_after, 0), clock.now() - retentionMs)
      const before = time(request.created_before, Number.POSITIVE_INFINITY)
      const found = all().filter((task) => {
        const { model = task.model, status } = request
        if (task.model !== model || task.createdAt < after || task.createdAt > before) return false
        return status === undefined || stateAt(task, clock.now()).status === status
      })
      const from = (request.page - 1) * request.page_size
      const page = found.slice(from, from + request.page_size)
      return {
        total: found.length,
        items: page.map((task) => show(task, request.include_inputs ? 'inputs' : undefined)),
      }
    },
    refundedAt: (task) => (has(task, 'fail') && task.endsAt <= clock.now() ? task.endsAt : null),
    balance() {
      for (const [id, { price, refundAt }] of charged) {
        if (refundAt > clock.now()) continue
        spent -= price
        charged.delete(id)
      }
      return toCents(startingBalance - spent)
    },
  }
}

interface State {
  status: string
  ended: boolean
  code: number
  error: string
}

/** How a task stands at a moment; a function of the two and nothing else. */
export function stateAt(task: Task, now: number): State {
  const running = (status: string): State => ({ status, ended: false, code: 0, error: '' })
  const unknown = task.faults.find((it) => it.kind === 'unknown-status')
  if (unknown) {
    const until = task.createdAt + (unknown.forSeconds ?? Number.POSITIVE_INFINITY) * 1_000
    if (now < until) return running(unknown.status)
  }
  if (now < task.endsAt) {
    // The length is infinite for a task that never ends: it shows as processing after a second.
    const length = Number.isFinite(task.endsAt) ? task.endsAt - task.startsAt : 7_000
    return running(now < task.startsAt + length * createdShare ? 'created' : 'processing')
  }
  const failed = task.faults.find((it) => it.kind === 'fail')
  if (failed) {
    const error = meanings[failed.code] ?? 'The task failed'
    return { status: 'failed', ended: true, code: failed.code, error }
  }
  const other = task.faults.find((it) => it.kind === 'vendor-status')
  if (other) return { status: other.status, ended: true, code: 0, error: `The task was ${other.status}` }
  return { status: 'completed', ended: true, code: 0, error: '' }
}

export function has(task: { readonly faults: readonly TaskFault[] }, kind: TaskFault['kind']): boolean {
  return task.faults.some((it) => it.kind === kind)
}

function time(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : Date.parse(text)
}
