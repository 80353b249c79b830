import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Clock, SandboxOptions } from '../../sandbox/options.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import type { components } from '../../src/generated/wavespeed.ts'

export type Prediction = components['schemas']['Prediction']

/** A clock that stands still until the test moves it. */
interface TestClock extends Clock {
  /** @param early so many milliseconds before their time calls are made, too, as timers of Node may */
  advance(ms: number, early?: number): void
  /** Calls that wait. */
  readonly waiting: number
}

function createTestClock(start = Date.UTC(2026, 0, 1)): TestClock {
  let now = start
  const waiting = new Set<{ at: number; run: () => void }>()
  return {
    now: () => now,
    after(ms, run) {
      const entry = { at: now + ms, run }
      waiting.add(entry)
      return () => waiting.delete(entry)
    },
    advance(ms, early = 0) {
      now += ms
      const due = [...waiting].filter(({ at }) => at <= now + early).sort((a, b) => a.at - b.at)
      for (const entry of due) if (waiting.delete(entry)) entry.run()
    },
    get waiting() {
      return waiting.size
    },
  }
}

/** A sandbox whose tasks take 10 s by a clock of the test, closed when the test ends. */
export async function startTestSandbox(options: SandboxOptions = {}) {
  const clock = createTestClock()
  const sandbox = await startSandbox({ clock, taskSeconds: 10, ...options })
  onTestFinished(() => sandbox.close())
  return { clock, sandbox, ...createCaller(sandbox) }
}

export const models = {
  small: 'wavespeed-ai/wan-2.1/v2v-480p-lora',
  large: 'wavespeed-ai/wan-2.1/v2v-720p-lora',
}
export const input = { video: 'https://example.com/clip.mp4', prompt: 'a fox in the snow' }

interface Answer<Data> {
  status: number
  headers: Headers
  code: number
  message: string
  data: Data
}

/** Ways to call the vendor's operations as a client would. */
function createCaller(sandbox: Sandbox) {
  async function call<Data>(
    method: string,
    path: string,
    body?: unknown,
    key = 'sandbox',
  ): Promise<Answer<Data>> {
    const response = await fetch(`${sandbox.url}/api/v3/${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const answer = (await response.json()) as { code: number; message: string; data: Data }
    return { status: response.status, headers: response.headers, ...answer }
  }
  return {
    call,
    submit: (body: unknown = input, model = models.small) => call<Prediction>('POST', model, body),
    prompt: (prompt: string) => call<Prediction>('POST', models.small, { ...input, prompt }),
    result: (id: string) => call<Prediction>('GET', `predictions/${id}/result`),
    list: (body: object) =>
      call<{ page: number; total: number; items: Prediction[] }>('POST', 'predictions', {
        page: 1,
        page_size: 100,
        ...body,
      }),
    balance: async () => (await call<{ balance: number }>('GET', 'balance')).data.balance,
  }
}

/** A server that notes what it gets and answers the statuses in turn, then 200. */
export async function startReceiver(...statuses: number[]) {
  const received: { headers: IncomingHttpHeaders; body: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => {
      received.push({ headers: request.headers, body })
      response.writeHead(statuses[received.length - 1] ?? 200).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/hook?job=1&x=a b`.replace(' ', '%20'), received }
}
