import type { Random } from '../../support/random.ts'
import type { Time } from '../time.ts'
import type { Account, AccountPlan, Task } from './account.ts'

export const apiKey = 'wsk_3a51mulat0r-k3y'
export const webhookSecret = 'c2ltdWxhdG9yLXNlY3JldC1vZi13ZWJob29rcw=='

export interface Request {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: unknown
  /** The job it is sent for, if it is a submission. */
  readonly job: string | null
  readonly sentAt: number
}

export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What kind of question a request is. */
export type Route = 'submit' | 'result' | 'list' | 'delete' | 'balance' | 'secret' | 'other'

export function routeOf({ method, path }: Pick<Request, 'method' | 'path'>): Route {
  if (method === 'GET' && /^\/api\/v3\/predictions\/[^/]+\/result$/.test(path)) return 'result'
  if (method === 'GET' && path === '/api/v3/balance') return 'balance'
  if (method === 'GET' && path === '/api/v3/webhook/secret') return 'secret'
  if (method !== 'POST') return 'other'
  if (path === '/api/v3/predictions') return 'list'
  if (path === '/api/v3/predictions/delete') return 'delete'
  return path.startsWith('/api/v3/wavespeed-ai/') ? 'submit' : 'other'
}

export const json = (status: number, body: unknown, headers?: Answer['headers']): Answer => ({
  status,
  body: JSON.stringify(body),
  ...(headers && { headers }),
})
export const envelope = (data: unknown): Answer => json(200, { code: 200, message: 'success', data })
export const refusal = (status: number, message: string): Answer => json(status, { code: status, message })

/** The words of a prompt that the vendor refuses, as it does each time. */
export const refusedPrompt = 'forbidden'

/** The documented answers, given by the account as it stands. */
export function createApi(options: {
  readonly account: Account
  readonly plan: AccountPlan
  readonly time: Time
  readonly random: Random
}) {
  const { account, plan, time, random } = options

  /** A prediction as the vendor writes it: time of its own clock, optional members there or not. */
  function prediction(task: Task, withInput = false): Record<string, unknown> {
    const done = task.status === 'completed'
    return {
      id: task.id,
      model: task.model,
      status: task.status,
      outputs: done ? [outputOf(task)] : [],
      urls: { get: `https://vendor.test/api/v3/predictions/${task.id}/result` },
      created_at: new Date(task.createdAt + plan.skewMs).toISOString().replace('Z', '123456Z'),
      error: task.status === 'failed' ? task.failure.words : '',
      ...(task.status === 'failed' && { code: task.failure.code }),
      ...(random.chance(0.5) && { has_nsfw_contents: done ? [false] : [] }),
      ...(random.chance(0.5) && { timings: { inference: 61_000 } }),
      ...(withInput && { input: { ...task.input } }),
    }
  }

  function submit({ path, query, body, job, sentAt }: Request): Answer {
    if (typeof body !== 'object' || body === null) return refusal(400, 'the body is no object')
    const input = body as Record<string, unknown>
    if (String(input['prompt']).includes(refusedPrompt)) return refusal(400, 'the prompt is not allowed')
    const task = account.submit({
      model: path.slice('/api/v3/'.length),
      input,
      webhook: query.get('webhook'),
      job: job ?? 'nobody',
      sentAt,
    })
    return task === 'exceeded' ? refusal(429, 'too many requests') : envelope(prediction(task))
  }

  function list({ body }: Request): Answer {
    const query = (body ?? {}) as Record<string, unknown>
    const page = Number(query['page'] ?? 1)
    const size = Number(query['page_size'] ?? 100)
    const model = query['model']
    const found = account.listed({
      model: typeof model === 'string' ? model : null,
      after: Date.parse(String(query['created_after'] ?? '1970-01-01')),
      before: Date.parse(String(query['created_before'] ?? '2100-01-01')),
    })
    const items = found.slice((page - 1) * size, page * size)
    return envelope({ page, items: items.map((task) => prediction(task, query['include_inputs'] === true)) })
  }

  function answer(request: Request): Answer {
    switch (routeOf(request)) {
      case 'submit':
        return submit(request)
      case 'result': {
        const task = account.task(request.path.split('/')[4] ?? '')
        return task ? envelope(prediction(task)) : refusal(404, 'task not found')
      }
      case 'list':
        return list(request)
      case 'delete': {
        const ids = ((request.body ?? {}) as { ids?: readonly string[] }).ids ?? []
        return envelope({ deleted_count: account.remove(ids) })
      }
      case 'balance':
        return envelope({ balance: 12.5 })
      case 'secret':
        return envelope({ secret: `whsec_${webhookSecret}` })
      case 'other':
        return refusal(404, 'no such path')
    }
  }

  /** The body of a callback: the prediction without an envelope. */
  function callback(task: Task): string {
    return JSON.stringify(prediction(task, random.chance(0.5)))
  }

  return { answer, callback, now: time.now }
}

export const outputOf = (task: Pick<Task, 'id'>): string => `https://cdn.vendor.test/${task.id}/out.mp4`
