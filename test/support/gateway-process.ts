import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'

export interface GatewayProcess {
  readonly process: ChildProcess
  /** The address of `/graphql`. */
  readonly url: string
  /** Everything it wrote so far. */
  output(): string
  /** Sends a signal and answers how it ended. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null; ms: number }>
}

/**
 * Runs a program of this project with nothing of this process's environment but what it needs to be found, and away from
 * the project's folder, whose `.env` may hold a real key.
 */
export function spawnProgram(
  path: string,
  env: Record<string, string>,
  { cwd = tmpdir(), args = [] }: { readonly cwd?: string; readonly args?: readonly string[] } = {},
): ChildProcess {
  const { PATH = '' } = process.env
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url))
  return spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file, ...args], {
    cwd,
    env: { PATH, ...env },
    stdio: 'pipe',
  })
}

/** The same with a terminal of its own (by `script` of util-linux); what is written to its input is typed. */
export function spawnInTerminal(path: string, env: Record<string, string>): ChildProcess {
  const { PATH = '' } = process.env
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url))
  const command = `exec '${process.execPath}' --import '${import.meta.resolve('tsx')}' '${file}'`
  return spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: tmpdir(),
    env: { PATH, SHELL: '/bin/sh', ...env },
    stdio: 'pipe',
  })
}

/** What a process writes, and how it ends. */
export async function outcomeOf(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  let output = ''
  child.stdout?.on('data', (chunk) => {
    output += chunk
  })
  child.stderr?.on('data', (chunk) => {
    output += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}

/** Starts `npm start`'s program and waits until it listens. */
export async function startGateway(env: Record<string, string>): Promise<GatewayProcess> {
  const child = spawnProgram('src/main.ts', { PORT: '0', ...env })
  let output = ''
  const listening = new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk
      const url = /"url":"([^"]+)","msg":"listening"/.exec(output)?.[1]
      if (url) resolve(url)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('close', () => reject(new Error(`the gateway ended:\n${output}`)))
  })
  return {
    process: child,
    url: await listening,
    output: () => output,
    async end(signal) {
      const begun = performance.now()
      child.kill(signal)
      const [code, by] =
        child.exitCode === null && child.signalCode === null ? await once(child, 'close') : []
      return { code, signal: by, ms: performance.now() - begun }
    },
  }
}
