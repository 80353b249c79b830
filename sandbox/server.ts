import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { comesAfter, unauthorized, verdictOf } from './answer-faults.ts'
import type { Api } from './api.ts'
import type { Control } from './control.ts'
import { type Directives, readDirectives } from './directives.ts'
import { type AnswerFault, type Fault, type FaultSource, isTaskFault } from './faults.ts'
import { preflight, type Reply, readBody, readJson, refusal, send } from './http.ts'
import type { LedgerEntry, LedgerWriter } from './ledger.ts'
import type { Media } from './media.ts'
import type { Timers } from './options.ts'
import { findRoute, type Route } from './router.ts'
import type { Task } from './task.ts'
import type { Uploads } from './uploads.ts'

const largestJson = 10 * 1024 * 1024
const formOverhead = 64 * 1024 // boundaries and headers of a multipart form around the file

interface Deps {
  apiKey: string
  clock: Timers
  ledger: LedgerWriter
  faults: FaultSource
  api: Api
  uploads: Uploads
  /** Bytes of one of them. */
  largestUpload: number
  media: Media
  control: Control
  onTask: (task: Task) => void
  log: (line: string) => void
}

/** One request on its way through the sandbox. */
interface Call {
  request: IncomingMessage
  response: ServerResponse
  method: string
  url: URL
  route: Route
  entry: LedgerEntry
  body: Buffer
  json: unknown
}

/** Answers requests: route, ledger, key, faults that come first, the operation, faults that come after. */
export function createListener(deps: Deps): RequestListener {
  return (request, response) => {
    handle(deps, request, response).catch((error: unknown) => {
      // A client that leaves in the middle of its body ends up here too; it cannot be answered.
      if (response.headersSent || response.destroyed) response.destroy()
      else send(response, request.method ?? 'GET', refusal(500, `the sandbox itself failed: ${error}`))
    })
  }
}

async function handle(deps: Deps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('x-wavespeed-sandbox', '1')
  response.setHeader('date', new Date(deps.clock.now()).toUTCString())
  const method = request.method ?? 'GET'
  const url = new URL(request.url ?? '/', 'http://sandbox')
  if (deps.control.owns(url.pathname)) {
    const body = (await readBody(request, largestJson)) ?? Buffer.alloc(0)
    send(response, method, await deps.control.answer(method, url, body))
    return
  }

  const route = findRoute(method, url.pathname)
  const entry = deps.ledger.record({
    at: deps.clock.now(),
    method,
    path: url.pathname + url.search,
    operation: route.operation,
    status: 'open',
    ...(route.operation === 'result' && route.id !== undefined && { predictionId: route.id }),
    ...(route.model !== undefined && { model: route.model }),
  })
  response.on('close', () => {
    if (entry.status === 'open') entry.status = response.writableFinished ? response.statusCode : 'gone'
    deps.log(`${method} ${entry.path} ${entry.status}${entry.faults ? ` (${entry.faults.join(', ')})` : ''}`)
  })

  const limit =
    route.operation === 'put' || route.operation === 'upload'
      ? deps.largestUpload + formOverhead
      : largestJson
  const rate = deps.faults.takeReadRate(route.operation)
  if (rate !== null) entry.faults = ['slow-read']
  const body = await readBody(request, limit, rate === null ? undefined : { rate, clock: deps.clock })
  const call: Call = {
    request,
    response,
    method,
    url,
    route,
    entry,
    body: body ?? Buffer.alloc(0),
    json: undefined,
  }
  if (!body) return answer(call, refusal(413, `the body may have at most ${limit} bytes`))
  if (route.keyed && request.headers.authorization !== `Bearer ${deps.apiKey}`)
    return answer(call, unauthorized)
  if (route.allow !== undefined) {
    const reply = refusal(405, `use ${route.allow}`)
    return answer(call, { ...reply, headers: { ...reply.headers, allow: route.allow } })
  }
  call.json = readJson(body)
  await meetFaults(deps, call)
}

async function meetFaults(deps: Deps, call: Call): Promise<void> {
  let directives: Directives = { submit: [], later: [] }
  try {
    if (call.route.operation === 'submit') directives = readDirectives(promptOf(call.json))
  } catch (error) {
    return answer(call, refusal(400, error instanceof Error ? error.message : String(error)))
  }
  const met: Fault[] = [
    ...directives.submit,
    ...deps.faults.take(call.route.operation, call.entry.predictionId),
  ]
  if (met.length > 0) call.entry.faults = [...(call.entry.faults ?? []), ...met.map((it) => it.kind)]
  const answerFaults = met.filter((it): it is AnswerFault => !isTaskFault(it))

  const before = answerFaults.filter((it) => !comesAfter(it))
  if (await apply(deps, call, before)) return

  const reply = await operate(deps, call, met, directives)
  const later = answerFaults.filter(comesAfter)
  if (!(await apply(deps, call, later, reply))) answer(call, reply)
}

/** Delays the answer and replaces it as the faults say; true when nothing is left to do. */
async function apply(deps: Deps, call: Call, faults: readonly AnswerFault[], real?: Reply): Promise<boolean> {
  for (const fault of faults) if (fault.kind === 'slow') await deps.clock.delay(fault.ms)
  for (const fault of faults) {
    const verdict = verdictOf(fault, real)
    if (verdict === undefined) continue
    if (verdict === 'hang') {
      call.entry.status = 'hung'
    } else if (verdict === 'cut') {
      call.entry.status = 'cut'
      call.request.socket.destroy()
    } else {
      answer(call, verdict)
    }
    return true
  }
  return false
}

async function operate(
  deps: Deps,
  call: Call,
  met: readonly Fault[],
  directives: Directives,
): Promise<Reply> {
  const { api, uploads } = deps
  const { id = '', model = '', operation } = call.route
  switch (operation) {
    case 'submit': {
      const { reply, task } = api.submit({
        model,
        webhook: call.url.searchParams.get('webhook') ?? undefined,
        body: call.json,
        faults: met.filter(isTaskFault),
        seconds: directives.seconds,
        entry: call.entry,
      })
      if (!task) return reply
      for (const fault of directives.later) {
        deps.faults.add(fault.on === 'result' ? { ...fault, predictionId: task.id } : fault)
      }
      deps.onTask(task)
      return isSync(call.json) ? api.wait(task) : reply
    }
    case 'result':
      return api.result(id)
    case 'list':
      return api.list(call.json)
    case 'delete':
      return call.route.id === undefined ? api.delete(call.json) : api.deleteOne(call.route.id)
    case 'balance':
      return api.balance()
    case 'price':
      return call.url.pathname.endsWith('/pricing') ? api.pricing(call.json) : api.price(call.json)
    case 'models':
      return api.models()
    case 'billing':
      return api.billing(call.json)
    case 'usage':
      return api.usage(call.json)
    case 'preflight':
      return preflight(call.request.headers['access-control-request-headers'])
    case 'secret':
      return api.secret()
    case 'ticket':
      return uploads.ticket(call.json)
    case 'put':
      return uploads.put(id, call.request.headers, call.body)
    case 'upload':
      return uploads.direct(call.request.headers['content-type'] ?? '', call.body)
    case 'download':
      return deps.media.serve(call.url.pathname, call.request.headers.range)
    case 'unknown':
      return refusal(404, `there is nothing at ${call.url.pathname}`)
  }
}

function answer(call: Call, reply: Reply): void {
  if (call.entry.status === 'open' && !call.response.destroyed) call.entry.status = reply.status
  send(call.response, call.method, reply)
}

/** Whether the answer is to wait for the task's end. */
function isSync(body: unknown): boolean {
  return (body as { enable_sync_mode?: unknown } | null)?.enable_sync_mode === true
}

function promptOf(body: unknown): string {
  const { prompt } = (body ?? {}) as { prompt?: unknown }
  return typeof prompt === 'string' ? prompt : ''
}
