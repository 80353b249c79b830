import { createValidator } from '../src/generated/validators.ts'
import type { components } from '../src/generated/wavespeed.ts'
import { billOf, listModels } from './catalogue.ts'
import type { TaskFault } from './faults.ts'
import { envelope, type Reply, refusal } from './http.ts'
import type { LedgerEntry, LedgerWriter } from './ledger.ts'
import type { Limits } from './limits.ts'
import type { Timers } from './options.ts'
import { priceOf, toCents } from './prices.ts'
import type { Task } from './task.ts'
import type { Tasks } from './tasks.ts'
import { dropUnknown, explain, faultsOf, isOwnRange, parametersOf } from './validation.ts'
import type { Webhooks } from './webhooks.ts'

/** A submit as it arrives: what the path, the query and the body say, and what the faults make of it. */
interface Submit {
  model: string
  webhook: string | undefined
  body: unknown
  faults: readonly TaskFault[]
  seconds: number | undefined
  entry: LedgerEntry
}

/** The JSON operations of the vendor, without their transport. */
export interface Api {
  /** The reply, and the task when one was created. */
  submit(submit: Submit): { reply: Reply; task?: Task }
  result(id: string): Reply
  list(body: unknown): Reply
  delete(body: unknown): Reply
  deleteOne(id: string): Reply
  /** The task once it has ended, or after so long as the vendor waits in its sync mode. */
  wait(task: Task): Promise<Reply>
  balance(): Reply
  price(body: unknown): Reply
  pricing(body: unknown): Reply
  models(): Reply
  billing(body: unknown): Reply
  usage(body: unknown): Reply
  secret(): Reply
}

export function createApi(deps: {
  clock: Pick<Timers, 'now' | 'delay'>
  limits: Limits
  tasks: Tasks
  ledger: LedgerWriter
  overflow: 'wait' | 'reject'
  webhooks: Pick<Webhooks, 'secret'>
}): Api {
  const { clock, limits, tasks, ledger } = deps
  const isListRequest = createValidator('PredictionListRequest')
  const isDeleteRequest = createValidator('DeleteRequest')
  const isPriceRequest = createValidator('PriceRequest')
  const isPricingRequest = createValidator('PricingRequest')
  const isBillingRequest = createValidator('BillingRequest')
  const isUsageRequest = createValidator('UsageRequest')

  return {
    submit({ model, webhook, body, faults: taskFaults, seconds, entry }) {
      if (!isObject(body)) return { reply: notAnObject }
      const parameters = parametersOf(model)
      const { input, dropped } = dropUnknown(body, parameters)
      Object.assign(entry, { input, dropped })
      const faults = faultsOf(model, input).filter((fault) => !isOwnRange(fault, parameters))
      if (faults.length > 0) return { reply: refusal(400, explain(faults)) }
      if (webhook !== undefined && !isHttpUrl(webhook)) {
        return { reply: refusal(400, 'invalid parameters: webhook must be an http(s) URL') }
      }
      const now = clock.now()
      if (limits.exceedsRate(now)) {
        ledger.count('rateRefusals')
        return { reply: refusal(429, 'too many requests: the videos per minute of this account are used up') }
      }
      if (limits.isFull(now)) {
        if (deps.overflow === 'reject') {
          ledger.count('concurrencyRefusals')
          return { reply: refusal(429, 'You have reached your concurrency limit') }
        }
        ledger.count('waited')
      }
      const price = priceOf(model, durationOf(input)) ?? 0
      const task = tasks.create({ model, input, price, faults: taskFaults, webhook, seconds })
      entry.predictionId = task.id
      ledger.count('accepted')
      ledger.tasks(limits.unfinished(now))
      return { reply: envelope(tasks.show(task)), task }
    },
    result(id) {
      const task = tasks.get(id)
      return task ? envelope(tasks.show(task)) : refusal(404, `prediction ${id} not found`)
    },
    list(body) {
      if (!isListRequest(body)) return refusal(400, explain(isListRequest.errors))
      const { total, items } = tasks.list(body)
      return envelope({ page: body.page, total, items })
    },
    delete(body) {
      if (!isDeleteRequest(body)) return refusal(400, explain(isDeleteRequest.errors))
      return envelope({ deleted_count: tasks.delete(body.ids) })
    },
    deleteOne(id) {
      const task = tasks.get(id)
      if (!task) return refusal(404, `prediction ${id} not found`)
      const shown = tasks.show(task)
      tasks.delete([id])
      return envelope({ ...shown, status: 'deleted' })
    },
    async wait(task) {
      const left = Math.min(task.endsAt - clock.now(), syncMs)
      await clock.delay(Math.max(left, 0))
      const shown = tasks.show(task)
      const isOver = clock.now() >= task.endsAt
      return envelope(isOver ? shown : { ...shown, code: 5004, error: 'Sync mode timed out' })
    },
    balance: () => envelope({ balance: tasks.balance() }),
    price(body) {
      if (!isPriceRequest(body)) return refusal(400, explain(isPriceRequest.errors))
      const price = priceOf(body.model_id, durationOf(body.inputs))
      if (price === undefined) return refusal(404, `model ${body.model_id} not found`)
      return envelope({
        model_id: body.model_id,
        price,
        discounted_price: price,
        currency: 'USD',
      } satisfies Price)
    },
    pricing(body) {
      if (!isPricingRequest(body)) return refusal(400, explain(isPricingRequest.errors))
      const price = priceOf(body.model_id, durationOf(body.inputs ?? {}))
      if (price === undefined) return refusal(404, `model ${body.model_id} not found`)
      return envelope({ model_id: body.model_id, unit_price: price, currency: 'USD' })
    },
    models: () => envelope(listModels()),
    billing(body) {
      if (!isBillingRequest(body)) return refusal(400, explain(isBillingRequest.errors))
      const { page = 1, page_size: size = 10, billing_type: type, prediction_uuids: ids } = body
      const found = billOf(tasks.all(), tasks.refundedAt).filter(
        (entry) =>
          (type === undefined || entry.billing_type === type) &&
          (ids === undefined || ids.length === 0 || ids.includes(entry.prediction.uuid)),
      )
      return envelope({ page, total: found.length, items: found.slice((page - 1) * size, page * size) })
    },
    usage(body) {
      if (!isUsageRequest(body)) return refusal(400, explain(isUsageRequest.errors))
      const all = tasks.all().filter(({ model }) => model === (body.model_uuid ?? model))
      const cost = all.reduce((sum, task) => sum + (tasks.refundedAt(task) === null ? task.price : 0), 0)
      const summary = { total_cost: toCents(cost), total_requests: all.length, success_requests: all.length }
      return envelope({ per_model_usage: [], daily_usage: [], summary })
    },
    secret: () => envelope({ secret: deps.webhooks.secret }),
  }
}

type Price = components['schemas']['PriceEnvelope']['data']

/** How long the vendor waits in its sync mode (the tests of its clients); that these models have one is assumed. */
const syncMs = 90_000 // 90 seconds

const notAnObject = refusal(400, 'invalid parameters: the body must be a JSON object')

function durationOf(inputs: { readonly [key: string]: unknown }): number {
  const { duration } = inputs
  return typeof duration === 'number' ? duration : 5
}

function isObject(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isHttpUrl(text: string): boolean {
  try {
    return /^https?:$/.test(new URL(text).protocol)
  } catch {
    return false
  }
}
