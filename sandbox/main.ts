import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { readSandboxOptions } from './env.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'

const read = readSandboxOptions({ ...readDotEnv(), ...own() })
if (read.ok) await run(read.options)
else fail(read.faults)

/** The variables of the process: they win over those of the file, unless they are empty. */
function own(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([, value]) => value?.trim()))
}

function readDotEnv(): Record<string, string | undefined> {
  try {
    // An editor's mark of the encoding would become a part of the first name.
    return parseEnv(readFileSync('.env', 'utf8').replace(/^\uFEFF/, ''))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return {}
  }
}

async function run(options: Parameters<typeof startSandbox>[0] & { port: number }): Promise<void> {
  const started = await startSandbox({ ...options, log: print }).catch(
    (error: NodeJS.ErrnoException) => error,
  )
  if (started instanceof Error) {
    fail([started.code === 'EADDRINUSE' ? inUse(options.port) : started.message])
    return
  }
  // First the handlers: whoever waits for the line below may send a signal right after it.
  stopOnSignal(started)
  print(
    `WaveSpeedAI SANDBOX, not WaveSpeedAI: ${started.url} (key "sandbox", nothing is generated, nothing is paid)`,
  )
}

function stopOnSignal(sandbox: Sandbox): void {
  // Each as often as it comes: npm passes a Ctrl+C on to a program that the terminal has told already.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void sandbox.close())
}

function inUse(port: number): string {
  return `Port ${port} is in use: stop the program that listens there, or set SANDBOX_PORT to another one`
}

function fail(faults: string[]): void {
  for (const fault of faults) process.stderr.write(`${fault}\n`)
  process.exitCode = 1
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
