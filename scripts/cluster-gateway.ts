import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface ClusterGateway {
  readonly url: string
  /** Whether its process runs: somebody may kill one to see what happens. */
  readonly alive: boolean
  /** Steps of jobs it has taken so far. */
  readonly steps: number
  stop(): Promise<void>
}

/** `npm start` as a process of its own at a fixed port. Errors in its log are passed on, with its address. */
export async function startClusterGateway(port: number, env: NodeJS.ProcessEnv): Promise<ClusterGateway> {
  const url = `http://127.0.0.1:${port}`
  const root = fileURLToPath(new URL('..', import.meta.url))
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), 'src/main.ts'], {
    cwd: root,
    env: { ...env, PORT: String(port), LOG_LEVEL: 'debug' },
    stdio: ['ignore', 'pipe', 'inherit'],
    // Ctrl+C in a terminal reaches every process of its group: this one is stopped after the proxy.
    detached: true,
  })
  let steps = 0
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`The gateway at ${url} did not start: see above.`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { level, msg, step } = read(line)
      if (msg === 'listening') resolve()
      if (msg === 'step' && step?.startsWith('job_')) steps += 1
      if (level >= 50) process.stderr.write(`${url} ${line}\n`)
    })
  })
  return {
    url,
    get alive() {
      return isAlive(child)
    },
    get steps() {
      return steps
    },
    async stop() {
      if (!isAlive(child)) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

const isAlive = (child: ChildProcess) => child.exitCode === null && child.signalCode === null

function read(line: string): { level: number; msg?: string; step?: string } {
  try {
    return JSON.parse(line)
  } catch {
    return { level: 0 }
  }
}
