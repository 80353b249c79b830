import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Backends } from '../src/app/backends.ts'
import { createTestApp } from '../test/support/app.ts'

export interface Health {
  /** The longest time that an answer of /health took since this was asked last. */
  longest(): Promise<number>
  close(): Promise<void>
}

/** A thread has to be given what translates it: that of the process is not its own. */
const thread = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then((tsx) => {
  tsx.register()
  return import(${JSON.stringify(new URL('./health-thread.ts', import.meta.url).href)})
})`

/** A gateway on this history, whose /health is asked for all the time by another thread. */
export async function watchHealth(backends: Backends): Promise<Health> {
  const gateway = await createTestApp({ overrides: { backends } })
  const worker = new Worker(thread, { eval: true, execArgv: [], workerData: `${gateway.app.url}/health` })
  return {
    async longest() {
      worker.postMessage(null)
      const [ms] = await once(worker, 'message')
      return ms as number // what the thread sends
    },
    async close() {
      await worker.terminate()
      await gateway.close()
    },
  }
}
