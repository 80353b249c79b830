import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'

export interface Server {
  readonly url: string
  /** Brings it up again after `kill`: same port, same folder. */
  start(): Promise<void>
  /** Ends it in an orderly way and starts it again. */
  restart(): Promise<void>
  /** Ends it without a chance to put anything in order. */
  kill(): Promise<void>
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

export interface ServerOptions {
  readonly url: string
  /** Belongs to the server alone, and goes with it. */
  readonly folder: string
  readonly command: string
  readonly args: readonly string[]
  readonly user?: { readonly uid?: number; readonly gid?: number }
  /** What it writes once it takes connections. */
  readonly ready: string
  /** The signal after which it leaves things as they are. */
  readonly killedBy: NodeJS.Signals
}

/** Runs a server that ends with this process, however this process ends. */
export async function runServer(options: ServerOptions): Promise<Server> {
  const { url, folder, killedBy } = options
  const guard = startGuard(folder)
  let running: ChildProcess | undefined

  async function start(): Promise<void> {
    if (running) throw new Error(`${options.command} runs already`)
    running = spawn(options.command, options.args, {
      cwd: folder,
      env: { ...process.env, LC_ALL: 'C' }, // its words are looked for below
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // Ctrl-C is for the tests: they end it when they have ended
      ...options.user,
    })
    guard.watch(running.pid)
    await readiness(running, options)
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (running && isAlive(running)) {
      running.kill(signal)
      await once(running, 'exit')
    }
    running = undefined
    guard.watch(undefined)
  }

  const server: Server = {
    url,
    start,
    async restart() {
      await end('SIGINT')
      await start()
    },
    kill: () => end(killedBy),
    async stop() {
      await end('SIGINT')
      await guard.close()
    },
  }
  try {
    await start()
  } catch (error) {
    await server.stop()
    throw error
  }
  return server
}

const isAlive = (child: ChildProcess) =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null

async function readiness(child: ChildProcess, { command, ready }: ServerOptions): Promise<void> {
  let output = ''
  let isReady = false
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      if (isReady) return // it must be read on, or the server blocks on a full pipe
      output += chunk
      isReady = output.includes(ready)
      if (isReady) resolve()
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('error', reject)
    child.once('close', () => reject(new Error(`${command} ended:\n${output}`)))
  })
}

/**
 * A shell that learns which process to watch, and ends it and removes the folder as soon as it hears no more from here:
 * after `close`, and also when this process was killed and cannot do it.
 */
function startGuard(folder: string) {
  const shell = spawn('/bin/sh', ['-c', guardScript, 'guard', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // or it dies of the same Ctrl-C
  })
  shell.unref()
  const ended = once(shell, 'exit')
  return {
    watch(pid: number | undefined) {
      shell.stdin.write(`${pid ?? ''}\n`)
    },
    async close() {
      shell.ref()
      shell.stdin.end()
      await ended
    },
  }
}

// The wait is bounded, since in a container without an init a process that ended stays listed.
const guardScript = `
server=
while read -r pid; do server=$pid; done
if [ -n "$server" ] && kill -INT "$server"; then
  tries=0
  while kill -0 "$server" && [ "$tries" -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
  kill -KILL "$server"
fi
rm -rf -- "$1"
`

/**
 * A free port below those that systems hand out themselves: nobody is given it while its server restarts.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
