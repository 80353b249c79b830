/**
 * `npm run bench:queues`: polls 10,000 jobs in flight, as fast as each queue takes them, with a vendor that answers at
 * once: what is measured is the queue and the history, not the network. Times of one run are for comparing its rows.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openPostgresStore } from '../src/db/postgres/store.ts'
import { openSqliteStore } from '../src/db/sqlite/store.ts'
import { systemClock as clock } from '../src/jobs/clock.ts'
import type { StepQueue } from '../src/jobs/queue.ts'
import { createRecorder } from '../src/jobs/recorder.ts'
import type { Vendor } from '../src/jobs/vendor.ts'
import type { JobStore } from '../src/jobs/work.ts'
import { createLog } from '../src/log.ts'
import { openBullQueue } from '../src/queue/bullmq.ts'
import { createEmbeddedQueue } from '../src/queue/embedded.ts'
import { createCircuitBreaker } from '../src/worker/circuit-breaker.ts'
import { createHolds } from '../src/worker/holds.ts'
import { createLeases, exclusiveTerms, sharedTerms } from '../src/worker/lease.ts'
import { createSteps } from '../src/worker/step.ts'
import { createDatabase } from '../test/support/databases.ts'
import { sampleJob, sampleReport } from '../test/support/job.ts'
import { postgresVersion, startPostgres } from '../test/support/servers/postgres.ts'
import { redisVersion, startRedis, withRedis } from '../test/support/servers/redis.ts'
import { type CpuClock, ownCpu, serverCpu } from './cpu.ts'
import { printTable, printVersions } from './table.ts'

const jobs = 10_000
const measuredMs = 15_000
/** Every job is due again at once: more than any queue takes. */
const pollMs = 100
const log = createLog('error')

const postgres = await startPostgres()
const redis = await startRedis()
const folder = mkdtempSync(join(tmpdir(), 'wavespeed-bench-'))

interface Opened {
  readonly store: JobStore
  readonly queue: StepQueue
  readonly servers: readonly CpuClock[]
  close(): Promise<void>
}

async function onPostgres(store: Parameters<typeof openBullQueue>[0]['store'] | null): Promise<Opened> {
  const database = await createDatabase(postgres.url)
  const history = await openPostgresStore({ url: database.url })
  const queue = await openBullQueue({
    name: 'steps',
    store: store ?? { kind: 'postgres', url: database.url },
    clock,
    log,
  })
  return {
    store: history,
    queue,
    servers: [serverCpu(postgres.url), ...(store ? [serverCpu(redis.url)] : [])],
    async close() {
      await history.close()
      await database.drop()
    },
  }
}

const kinds: { name: string; shared: boolean; open(): Promise<Opened> }[] = [
  {
    name: 'embedded, history on SQLite',
    shared: false,
    async open() {
      const store = openSqliteStore({ file: join(folder, 'jobs.db') })
      return { store, queue: createEmbeddedQueue(clock), servers: [], close: async () => store.close() }
    },
  },
  { name: 'BullMQ on PostgreSQL, history there', shared: true, open: () => onPostgres(null) },
  {
    name: 'BullMQ on Redis, history on PostgreSQL',
    shared: true,
    open: () => onPostgres({ kind: 'redis', url: redis.url }),
  },
]

async function measure({ name, shared, open }: (typeof kinds)[number]) {
  const { store, queue, servers, close } = await open()
  let polls = 0
  const vendor = {
    async poll(id: string) {
      polls += 1
      return { kind: 'report', report: sampleReport({ id, phase: 'processing', status: 'processing' }) }
    },
  } as unknown as Vendor
  const leases = createLeases({ store, clock, owner: 'bench', terms: shared ? sharedTerms : exclusiveTerms })
  const steps = createSteps({
    store,
    recorder: createRecorder(store, { publish() {} }),
    vendor,
    clock,
    log,
    breaker: createCircuitBreaker(clock, { shortestMs: pollMs }),
    holds: createHolds(clock),
    callbacks: { trusted: false, missed() {} },
    callbackUrl: () => null,
    leases,
    pollMs,
    deadlineMs: 3_600_000,
  })
  const ids = Array.from({ length: jobs }, (_, index) => `job_${String(index).padStart(26, '0')}`)
  await inParallel(ids, 8, async (id, index) => {
    const now = clock.now()
    const job = sampleJob({
      id,
      state: 'PROCESSING',
      predictionId: `p${index}`,
      vendorStatus: 'processing',
      createdAt: now,
      updatedAt: now,
      submittedAt: now,
      deadlineAt: now + 3_600_000,
      runAt: now,
    })
    await store.insert(job, { version: 1, at: now, state: job.state, message: 'Recorded.' })
  })
  queue.start(steps.poll)
  for (const id of ids) queue.schedule(id, clock.now())
  while (polls < jobs) await pause(50)

  const cpus = [ownCpu, ...servers]
  const read = () => cpus.map((cpu) => cpu.read())
  const [before, pollsBefore, begun] = [read(), polls, performance.now()]
  await pause(measuredMs)
  const [after, taken, seconds] = [read(), polls - pollsBefore, (performance.now() - begun) / 1_000]
  const used = after.map((cpu, index) => ((cpu - (before[index] ?? 0)) / taken) * 1_000)
  await queue.stop()
  await close()
  const [own = 0, ...others] = used
  return {
    queue: name,
    'polls/s': Math.round(taken / seconds),
    'CPU of the gateway, ms per 1,000 polls': Math.round(own),
    'CPU of the servers, ms per 1,000 polls': Math.round(others.reduce((sum, ms) => sum + ms, 0)),
  }
}

/** What an entry that waits for its time takes of Redis. */
async function redisBytesPerEntry(): Promise<number> {
  const used = () =>
    withRedis(redis.url, async (client) => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]))
  const before = await used()
  const queue = await openBullQueue({ name: 'waiting', store: { kind: 'redis', url: redis.url }, clock, log })
  for (let index = 0; index < jobs; index += 1) {
    queue.schedule(`job_${String(index).padStart(26, '0')}`, clock.now() + 3_600_000)
  }
  while (queue.size > 0) await pause(50)
  const after = await used()
  await queue.stop()
  return Math.round((after - before) / jobs)
}

async function inParallel<T>(
  list: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<void>,
) {
  let next = 0
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let index = next++; index < list.length; index = next++) await work(list[index] as T, index)
    }),
  )
}

try {
  const rows = []
  for (const kind of kinds) rows.push(await measure(kind))
  const bytes = await redisBytesPerEntry()
  printTable(rows)
  process.stdout.write(`\nRedis takes ${bytes} bytes for an entry that waits.\n`)
  await printVersions({
    PostgreSQL: await postgresVersion(postgres.url),
    Redis: await redisVersion(redis.url),
  })
} finally {
  await Promise.all([postgres.stop(), redis.stop()])
  rmSync(folder, { recursive: true })
}
