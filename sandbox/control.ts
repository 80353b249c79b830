import { type FaultInput, type Faults, faultKinds } from './faults.ts'
import { json, type Reply, readJson, refusal } from './http.ts'
import { type Ledger, type LedgerFilter, type Operation, operations } from './ledger.ts'
import { stateAt, type Tasks } from './tasks.ts'
import { readDeliveryRequest, type Webhooks } from './webhooks.ts'

/** The routes that are the sandbox's own and not the vendor's. */
export interface Control {
  owns(pathname: string): boolean
  answer(method: string, url: URL, body: Buffer): Reply | Promise<Reply>
}

export function createControl(deps: {
  now: () => number
  ledger: Ledger
  faults: Faults
  tasks: Tasks
  webhooks: Pick<Webhooks, 'deliver' | 'deliveries'>
  baseUrl: () => string
  apiKey: string
}): Control {
  const { ledger, faults, tasks, webhooks } = deps

  const changeFaults = (method: string, body: Buffer): Reply => {
    if (method === 'DELETE') faults.clear()
    if (method === 'POST') {
      try {
        // What does not fit is refused there, in words.
        faults.add(readJson(body) as FaultInput)
      } catch (error) {
        return refusal(400, error instanceof Error ? error.message : String(error))
      }
    }
    return json(200, { faults: faults.list() })
  }

  const readLedger = (query: URLSearchParams): Reply => {
    const operation = query.get('operation') ?? undefined
    if (operation !== undefined && !isOperation(operation)) {
      return refusal(400, `operation must be one of ${operations.join(', ')}`)
    }
    const filter: LedgerFilter = { operation, predictionId: query.get('predictionId') ?? undefined }
    return json(200, { counts: ledger.counts(), requests: ledger.requests(filter) })
  }

  const deliver = async (body: Buffer): Promise<Reply> => {
    try {
      const { predictionId, ...options } = readDeliveryRequest(readJson(body))
      return json(200, { answer: await webhooks.deliver(predictionId, options) })
    } catch (error) {
      return refusal(400, error instanceof Error ? error.message : String(error))
    }
  }

  return {
    owns: (pathname) => pathname === '/' || pathname.startsWith('/sandbox/'),
    answer(method, url, body) {
      const route = `${method === 'HEAD' ? 'GET' : method} ${url.pathname}`
      switch (route) {
        case 'GET /':
          return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: page(deps) }
        case 'GET /sandbox/faults':
        case 'POST /sandbox/faults':
        case 'DELETE /sandbox/faults':
          return changeFaults(method, body)
        case 'GET /sandbox/ledger':
          return readLedger(url.searchParams)
        case 'GET /sandbox/tasks':
          return json(200, {
            tasks: tasks.all().map((task) => ({ ...task, status: stateAt(task, deps.now()).status })),
          })
        case 'GET /sandbox/webhooks':
          return json(200, {
            deliveries: webhooks.deliveries(url.searchParams.get('predictionId') ?? undefined),
          })
        case 'POST /sandbox/webhooks':
          return deliver(body)
        default:
          return refusal(404, `there is no ${route}`)
      }
    },
  }
}

function page(deps: { baseUrl: () => string; apiKey: string }): string {
  const url = deps.baseUrl()
  return `This is the WaveSpeedAI SANDBOX, not WaveSpeedAI. Nothing is generated and nothing is paid.

Address      ${url}/api/v3/...
Key          Authorization: Bearer ${deps.apiKey}
Source clip  ${url}/clips/source.mp4

A prompt may carry directives:
  [sandbox:seconds=2]                              the task takes 2 seconds
  [sandbox:fail=1402]                              it fails with this code
  [sandbox:cut-after]                              the task is created, its answer is lost
  [sandbox:server-error=503,on=result,times=2]     two polls of it are answered with 503

Kinds of faults
  ${faultKinds.join('\n  ')}

GET, POST, DELETE ${url}/sandbox/faults             faults for a while, as JSON such as {"kind":"slow","ms":500,"seconds":60}
GET ${url}/sandbox/ledger?operation=submit          every request so far
GET ${url}/sandbox/tasks                            every task
GET, POST ${url}/sandbox/webhooks                   every try, and one more, as JSON such as {"predictionId":"…"}
`
}

function isOperation(text: string): text is Operation {
  return (operations as readonly string[]).includes(text)
}
