import { createHmac, randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { z } from 'zod'
import type { Timers } from './options.ts'
import type { Task } from './task.ts'
import { has, stateAt, type Tasks } from './tasks.ts'

/** The first try and the three documented ones after it; their pauses are not documented. */
const pausesMs = [1_000, 2_000, 4_000]
const answerMs = 10_000

/** One try to deliver a webhook. */
interface Delivery {
  readonly at: number
  readonly predictionId: string
  readonly url: string
  /** 1 for the first try. */
  readonly attempt: number
  /** HTTP status that the receiver answered, or why there was none. */
  readonly answer: number | string
}

/** A delivery on demand, and how it differs from an honest one. */
const deliveryRequest = z.strictObject({
  predictionId: z.string(),
  /** Signs with another secret. */
  forged: z.boolean().optional(),
  /** Unix seconds of the signature, in place of now. */
  timestamp: z.number().optional(),
})
type DeliveryRequest = z.output<typeof deliveryRequest>
type DeliveryOptions = Omit<DeliveryRequest, 'predictionId'>

/** Reads a request for a delivery from outside; the message of what it throws names every mistake. */
export function readDeliveryRequest(value: unknown): DeliveryRequest {
  const parsed = deliveryRequest.safeParse(value)
  if (parsed.success) return parsed.data
  throw new Error(parsed.error.issues.map((it) => `${it.path.join('.') || 'body'}: ${it.message}`).join('; '))
}

/** What is sent to the `webhook` URL of submits. */
export interface Webhooks {
  /** The tries so far, newest 10,000. */
  deliveries(predictionId?: string): Delivery[]
  /**
   * Sends the prediction as it stands now, once: a duplicate, late or forged callback for a test. Resolves to what the
   * receiver answered; throws when the task is unknown or has no webhook.
   */
  deliver(predictionId: string, options?: DeliveryOptions): Promise<number | string>
  /** The secret that signs from now on: `secret`, or a new one. */
  rotate(secret?: string): string
  /** The secret that signs, with its `whsec_` prefix. */
  readonly secret: string
}

/** The `webhook-signature` of a body: v3, lower-case hex, and the secret without its prefix as plain ASCII. */
export function signWebhook(secret: string, id: string, timestamp: number, body: string | Buffer): string {
  const hmac = createHmac('sha256', secret.replace(/^whsec_/, ''))
  return `v3,${hmac.update(`${id}.${timestamp}.`).update(body).digest('hex')}`
}

export function createWebhooks(deps: {
  clock: Timers
  tasks: Tasks
  secret: string | undefined
}): Webhooks & {
  /** Sends the task's webhook, if it has one, when it has finished. */
  schedule(task: Task): void
  dispose(): void
} {
  const { clock, tasks } = deps
  let secret = deps.secret ?? drawSecret()
  let deliveries: Delivery[] = []
  const aborts = new Set<AbortController>()

  const attempt = async (task: Task, url: string, number: number, options: DeliveryOptions = {}) => {
    const timestamp = options.timestamp ?? Math.floor(clock.now() / 1_000)
    const body = JSON.stringify(tasks.show(task, 'input'))
    const headers = {
      'content-type': 'application/json',
      'webhook-id': task.id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signWebhook(options.forged ? 'whsec_forged' : secret, task.id, timestamp, body),
      'x-wavespeed-sandbox': '1',
    }
    const abort = new AbortController()
    aborts.add(abort)
    const cancel = clock.after(answerMs, () => abort.abort())
    const answer = await post(url, headers, body, abort.signal)
    cancel()
    aborts.delete(abort)
    deliveries = [
      ...deliveries.slice(-9_999),
      { at: clock.now(), predictionId: task.id, url, attempt: number, answer },
    ]
    return answer
  }

  const deliverWithRetries = async (task: Task, url: string) => {
    // The documents name completed and failed only; a deleted task has nothing to say any more.
    const { status } = stateAt(task, clock.now())
    if (!tasks.get(task.id) || (status !== 'completed' && status !== 'failed')) return
    for (const [index, pause] of [...pausesMs, undefined].entries()) {
      const answer = await attempt(task, url, index + 1)
      if ((typeof answer === 'number' && answer >= 200 && answer < 300) || pause === undefined) return
      await clock.delay(pause)
    }
  }

  return {
    deliveries: (id) => deliveries.filter((it) => id === undefined || it.predictionId === id),
    async deliver(id, options) {
      const task = tasks.get(id)
      if (!task?.webhook) throw new Error(`there is no task ${id} with a webhook`)
      return attempt(
        task,
        task.webhook,
        deliveries.filter((it) => it.predictionId === id).length + 1,
        options,
      )
    },
    rotate(next = drawSecret()) {
      secret = next
      return secret
    },
    get secret() {
      return secret
    },
    schedule(task) {
      const { webhook } = task
      const finishes = finishesAt(task)
      if (webhook === undefined || !Number.isFinite(finishes) || has(task, 'webhook-never')) return
      const late = task.faults.find((it) => it.kind === 'webhook-late')?.bySeconds ?? 0
      const due = finishes + late * 1_000
      function sendWhenDue(url: string): void {
        clock.after(due - clock.now(), () => {
          // A timer of Node may be early by a millisecond, and then the task has not finished.
          if (clock.now() < due) return sendWhenDue(url)
          void deliverWithRetries(task, url)
          if (has(task, 'webhook-twice')) void deliverWithRetries(task, url)
        })
      }
      sendWhenDue(webhook)
    },
    dispose() {
      for (const abort of aborts) abort.abort()
    },
  }
}

function drawSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

function finishesAt(task: Task): number {
  const unknown = task.faults.find((it) => it.kind === 'unknown-status')
  if (!unknown) return task.endsAt
  return Math.max(task.endsAt, task.createdAt + (unknown.forSeconds ?? Number.POSITIVE_INFINITY) * 1_000)
}

/** Status of the answer, or why there was none. Redirects are not followed, and no socket is kept. */
function post(
  url: string,
  headers: { [name: string]: string },
  body: string,
  signal: AbortSignal,
): Promise<number | string> {
  return new Promise((resolve) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    const request = send(url, { method: 'POST', headers, agent: false, signal }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
      response.on('error', (error) => resolve(error.message))
    })
    request.on('error', (error) => resolve(error.message))
    request.end(body)
  })
}
