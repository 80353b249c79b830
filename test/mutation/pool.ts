import { type ChildProcess, fork } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Answer, Request } from './mutant.ts'

export interface Worker {
  /** The answer; null if none came within the limit, after which the worker is gone. */
  ask(request: Request, limitMs: number): Promise<Answer | null>
  close(): Promise<void>
}

export interface Pool {
  /** A process that runs tests on the instrumented code. */
  open(): Promise<Worker>
  close(): Promise<void>
}

const program = fileURLToPath(new URL('worker.ts', import.meta.url))
const startLimitMs = 120_000 // 2 minutes

/** Processes of this run, and the folder for what their tests write; `close` leaves nothing of either. */
export async function createPool(sources: Readonly<Record<string, string>>): Promise<Pool> {
  const folder = await mkdtemp(join(tmpdir(), 'mutation-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  // Also where the run ends in another way than by `close`.
  process.once('exit', remove)
  const running = new Set<ChildProcess>()
  let closed = false

  async function end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((done) => child.once('exit', done))
    child.kill('SIGKILL') // An endless loop hears nothing else.
    await ended
  }

  return {
    async open() {
      if (closed) throw new Error('no more workers: the run is over')
      const child = fork(program, {
        execArgv: ['--import', 'tsx'],
        env: { ...process.env, TMPDIR: folder },
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      })
      running.add(child)
      child.once('exit', () => running.delete(child))
      const worker: Worker = {
        async ask(request, limitMs) {
          const answer = await answerOf(child, request, limitMs)
          if (answer === null) await end(child)
          return answer
        },
        close: () => end(child),
      }
      const ready = await worker.ask({ type: 'load', sources }, startLimitMs)
      if (ready?.type !== 'ready') throw new Error(`a worker does not start: ${JSON.stringify(ready)}`)
      return worker
    },
    async close() {
      closed = true
      await Promise.all([...running].map(end))
      remove()
    },
  }
}

function answerOf(child: ChildProcess, request: Request, limitMs: number): Promise<Answer | null> {
  return new Promise((resolve) => {
    const settle = (answer: Answer | null) => {
      clearTimeout(timer)
      child.off('message', settle).off('exit', onExit)
      resolve(answer)
    }
    const onExit = () => settle(null)
    const timer = setTimeout(() => settle(null), limitMs)
    child.on('message', settle).on('exit', onExit)
    if (child.connected) child.send(request)
    else settle(null)
  })
}
