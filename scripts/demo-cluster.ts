import { createServer, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { createClient } from 'graphql-sse'
import { createProxyServer } from 'http-proxy-3'
import { readSandboxOptions } from '../sandbox/env.ts'
import { startSandbox } from '../sandbox/sandbox.ts'
import { runUntilSignal } from '../src/app/process.ts'
import { ConfigError, loadConfig, readEnvironment } from '../src/config.ts'
import { startPostgres } from '../test/support/servers/postgres.ts'
import { type ClusterGateway, startClusterGateway } from './cluster-gateway.ts'

const gatewayCount = 3
const jobCount = 9

/** Three gateways on one PostgreSQL, a proxy before them, the sandbox behind them, and jobs through all. */
async function startCluster(): Promise<{ stop(): Promise<void> }> {
  const env: Record<string, string | undefined> = {
    WAVESPEED_TIER: 'ultra',
    WAVESPEED_POLL_SECONDS: '1',
    ...readEnvironment(process.cwd()),
    WAVESPEED_API_KEY: 'sandbox',
  }
  const closing: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    const sandboxOptions = readSandboxOptions(env)
    if (!sandboxOptions.ok) throw new ConfigError(sandboxOptions.faults)
    const given = /^postgres(ql)?:/.test(env['DATABASE_URL'] ?? '') ? env['DATABASE_URL'] : undefined
    const postgres = given ? null : await startPostgres()
    if (postgres) closing.push(() => postgres.stop())
    const sandbox = await startSandbox(sandboxOptions.options)
    closing.push(() => sandbox.close())

    const shared = { ...env, DATABASE_URL: given ?? postgres?.url, WAVESPEED_BASE_URL: sandbox.url }
    const { port } = loadConfig(shared).server
    // All at once: they make the tables together.
    const gateways = await Promise.all(
      Array.from({ length: gatewayCount }, (_, index) => startClusterGateway(port + 1 + index, shared)),
    )
    closing.push(() => Promise.all(gateways.map((gateway) => gateway.stop())))
    const proxy = await startProxy(port, gateways)
    closing.push(proxy.close)

    print(
      '',
      `  GraphiQL        ${proxy.url}/graphql   (each request goes to the next gateway)`,
      ...gateways.map(({ url }, index) => `  gateway ${index + 1}       ${url}/graphql`),
      `  the history     ${given ? 'the PostgreSQL of DATABASE_URL' : 'a PostgreSQL of its own, forgotten at the end'}`,
      `  the sandbox     ${sandbox.url}   (stands in for WaveSpeedAI: no real video is made, nothing is billed)`,
      '',
      `  ${jobCount} jobs, each created through the proxy and followed from another gateway:`,
      '',
    )
    await showJobs(proxy.url, gateways, sandbox.clips.source)
    print('', '  Kill one of the gateways and go on: the others take over. Ctrl+C stops all.', '')
    return { stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A load balancer without a memory: no client needs to come to the same gateway twice. */
async function startProxy(port: number, gateways: readonly ClusterGateway[]) {
  const proxy = createProxyServer({ ws: true, xfwd: true })
  let turn = 0
  const next = () => {
    const alive = gateways.filter((gateway) => gateway.alive)
    return alive[turn++ % alive.length]?.url
  }
  // A gateway that went away in the middle of an answer; its client tries again.
  proxy.on('error', (_error, _request, response) => {
    if ('writeHead' in response && !response.headersSent) response.writeHead(502)
    response.end()
  })
  const server = createServer((request, response) => {
    const target = next()
    if (target) return void proxy.web(request, response, { target })
    response.writeHead(503).end('No gateway is alive.')
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const target = next()
    if (target) proxy.ws(request, socket as never, head, { target })
    else socket.destroy()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
        proxy.close()
      }),
  }
}

async function showJobs(url: string, gateways: readonly ClusterGateway[], video: string): Promise<void> {
  await Promise.all(
    Array.from({ length: jobCount }, async (_, index) => {
      const id = await createJob(`${url}/graphql`, video, index)
      const follower = gateways[(index + 1) % gateways.length] ?? gateways[0]
      const client = createClient({ url: `${follower?.url}/graphql` })
      const states: string[] = []
      const query = `subscription { prediction(jobId: "${id}") { state } }`
      for await (const { data } of client.iterate<{ prediction: { state: string } }>({ query })) {
        if (data) states.push(data.prediction.state)
      }
      client.dispose()
      print(`  ${id}  from ${follower?.url}  ${states.join(' → ')}`)
    }),
  )
  print('', ...gateways.map(({ url, steps }) => `  ${url} took ${steps} steps of jobs`))
}

async function createJob(url: string, video: string, index: number): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: `mutation ($input: CreateV2VLoraJobInput!) { result: createV2VLoraJob(input: $input) {
        ... on CreateV2VLoraJobSuccess { job { id } } ... on Error { message } } }`,
      variables: { input: { video, prompt: `a fox in watercolour, number ${index + 1}` } },
    }),
  })
  const { data } = (await response.json()) as { data: { result: { job?: { id: string }; message?: string } } }
  if (!data.result.job) throw new Error(data.result.message)
  return data.result.job.id
}

function print(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}

await runUntilSignal(startCluster)
