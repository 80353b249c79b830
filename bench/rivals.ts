/** Other queues for the work of the gateway, each as its own documentation would have it. */
import {
  type BackendFactory,
  type ConnectionOptions,
  createPostgresBackend,
  DelayedError,
  getDefaultBackendFactory,
  Queue,
  runMigrations,
  Worker,
} from 'bullmq'
import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import pg from 'pg'

/** A queue that hands out the ids of jobs when they are due. */
export interface RivalQueue {
  schedule(ids: readonly string[], at: number): Promise<void>
  /** `step` answers when the same id is due again. */
  start(step: (id: string) => Promise<number>): Promise<void>
  stop(): Promise<void>
}

/** Steps that run at the same time. */
const atOnce = 100

async function openBull(connection: ConnectionOptions, factory: BackendFactory): Promise<RivalQueue> {
  const options = { defaultJobOptions: { removeOnComplete: true, removeOnFail: true } }
  const queue = new Queue('steps', { connection, ...options }, factory)
  let close = async () => {}
  return {
    async schedule(ids, at) {
      const delay = Math.max(0, at - Date.now())
      await queue.addBulk(ids.map((id) => ({ name: 'step', data: { id }, opts: { jobId: id, delay } })))
    },
    async start(step) {
      const worker = new Worker(
        'steps',
        async (job, token) => {
          await job.moveToDelayed(await step(job.data.id), token)
          throw new DelayedError()
        },
        { connection, concurrency: atOnce },
        factory,
      )
      close = () => worker.close()
      await worker.waitUntilReady()
    },
    async stop() {
      await close()
      await queue.close()
    },
  }
}

export async function openBullOnPostgres(url: string): Promise<RivalQueue> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await runMigrations(client, 'bull')
  await client.end()
  const connection = { connectionString: url, schema: 'bull', max: 10 } as ConnectionOptions
  return openBull(connection, createPostgresBackend as unknown as BackendFactory) // Its options have a type of their own.
}

export async function openBullOnRedis(url: string): Promise<RivalQueue> {
  return openBull({ url, maxRetriesPerRequest: null }, getDefaultBackendFactory())
}

export async function openGraphileWorker(url: string): Promise<RivalQueue> {
  const logger = new Logger(() => () => {})
  const utils = await makeWorkerUtils({ connectionString: url, logger })
  await utils.migrate()
  let runner: Awaited<ReturnType<typeof run>> | null = null
  const specOf = (id: string, at: number) => ({ jobKey: id, runAt: new Date(at) })
  return {
    async schedule(ids, at) {
      for (const id of ids) await utils.addJob('step', { id }, specOf(id, at))
    },
    async start(step) {
      runner = await run({
        connectionString: url,
        concurrency: atOnce,
        maxPoolSize: 10,
        pollInterval: 100,
        noHandleSignals: true,
        logger,
        taskList: {
          async step(payload, { addJob }) {
            const { id } = payload as { readonly id: string }
            await addJob('step', { id }, { ...specOf(id, await step(id)), jobKeyMode: 'replace' })
          },
        },
      })
    },
    async stop() {
      await runner?.stop()
      await utils.release()
    },
  }
}
