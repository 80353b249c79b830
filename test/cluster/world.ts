import type { SandboxOptions } from '../../sandbox/options.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts'
import { startPostgres } from '../support/servers/postgres.ts'
import { freePort, type Server } from '../support/servers/server.ts'

/** One of the gateways: an address at which processes come and go. */
export interface Gateway {
  /** The address of `/graphql`. */
  readonly url: string
  start(): Promise<void>
  end(signal: 'SIGKILL' | 'SIGTERM'): ReturnType<GatewayProcess['end']>
}

export interface World {
  readonly sandbox: Sandbox
  readonly postgres: Server
  readonly gateways: readonly Gateway[]
  close(): Promise<void>
}

export interface WorldOptions {
  readonly sandbox: SandboxOptions
  readonly env: Record<string, string>
}

const count = 3

/** Three gateways on servers of their own, and a sandbox. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const closing: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end()
  }
  const opened = <T extends object>(part: T, end: (part: T) => Promise<unknown>): T => {
    closing.push(() => end(part))
    return part
  }
  try {
    const postgres = opened(await startPostgres(), (server) => server.stop())
    const sandbox = opened(await startSandbox(options.sandbox), (one) => one.close())
    const env = {
      DATABASE_URL: postgres.url,
      WAVESPEED_BASE_URL: sandbox.url,
      WAVESPEED_POLL_SECONDS: '1',
      LOG_LEVEL: 'info',
      ...options.env,
    }
    const ports = await Promise.all(Array.from({ length: count }, () => freePort()))
    const gateways = ports.map((port) => opened(createGateway(port, env), (one) => one.end('SIGTERM')))
    // All at once: they make the tables together.
    await Promise.all(gateways.map((gateway) => gateway.start()))
    return { sandbox, postgres, gateways, close }
  } catch (error) {
    await close()
    throw error
  }
}

function createGateway(port: number, env: Record<string, string>): Gateway {
  let running: GatewayProcess | null = null
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    async start() {
      running = await startGateway({ ...env, PORT: String(port) })
    },
    async end(signal) {
      const ended = await running?.end(signal)
      running = null
      return ended ?? { code: null, signal: null, ms: 0 }
    },
  }
}
