import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnProgram } from '../support/gateway-process.ts'
import type { ProgramArguments } from './program.ts'

export interface Life {
  /** Resolves once it listens, or has ended before it could. */
  readonly listening: Promise<void>
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>
}

export interface World {
  readonly sandboxUrl: string
  readonly graphqlUrl: string
  /** Starts the gateway once more on the same file and the same port. */
  startGateway(seed: number): Life
  /** What the gateways wrote at the level of an error. */
  readonly faults: readonly string[]
  close(): Promise<void>
}

/** A sandbox that lives through the run, and the place for a gateway that does not. */
export async function openWorld({ epoch, seed }: ProgramArguments): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'wavespeed-crash-'))
  const children = new Set<ChildProcess>()
  const faults: string[] = []

  function start(program: string, own: number, env: Record<string, string>): ChildProcess {
    const args = JSON.stringify({ epoch, seed: own } satisfies ProgramArguments)
    const child = spawnProgram(program, env, { cwd: folder, args: [args] })
    children.add(child)
    child.once('close', () => children.delete(child))
    child.stderr?.on('data', (chunk: Buffer) => faults.push(String(chunk).trim()))
    return child
  }

  async function close(): Promise<void> {
    const ends = [...children].map((child) => once(child, 'close'))
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(ends)
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    const port = await freePort()
    const sandbox = start('test/crash/sandbox.ts', seed, {})
    const sandboxUrl = await firstLine(sandbox)
    return {
      sandboxUrl,
      graphqlUrl: `http://127.0.0.1:${port}/graphql`,
      faults,
      close,
      startGateway(own) {
        const child = start('test/crash/gateway.ts', own, {
          PORT: String(port),
          PUBLIC_URL: `http://127.0.0.1:${port}`,
          DATABASE_URL: `file:${join(folder, 'jobs.db')}`,
          WAVESPEED_BASE_URL: sandboxUrl,
          WAVESPEED_TIER: 'ultra',
          WAVESPEED_CONCURRENCY: '25',
          WAVESPEED_POLL_SECONDS: '2',
          JOB_DEADLINE_MINUTES: '5',
        })
        let told = false
        const listening = new Promise<void>((resolve) => {
          readLines(child, (line) => {
            if (line.includes('"msg":"listening"')) resolve()
            if (/^\{"level":[56]0,/.test(line)) faults.push(line)
          })
          child.once('close', (code) => {
            if (!told) faults.push(`ended by itself with code ${code}`)
            resolve()
          })
        })
        return {
          listening,
          async end(signal) {
            if (child.exitCode !== null) return child.exitCode
            const ended = once(child, 'close')
            told = true
            child.kill(signal)
            const [code] = (await ended) as [number | null]
            return code
          },
        }
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

function readLines(child: ChildProcess, take: (line: string) => void): void {
  let rest = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  })
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    readLines(child, resolve)
    child.once('close', () => reject(new Error('The sandbox ended.')))
  })
}

/** A port that nobody listens on now; every life of the gateway takes it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
