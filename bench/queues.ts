/**
 * `npm run bench:queues`: polls 10,000 jobs in flight, as fast as each queue takes them, with a vendor that answers at
 * once: what is measured is the queue and the history, not the network. Times of one run are for comparing its rows.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { kindOf } from '../src/catalog/kind.ts'
import { openPostgresStore } from '../src/db/postgres/store.ts'
import { openSqliteStore } from '../src/db/sqlite/store.ts'
import { systemClock as clock } from '../src/jobs/clock.ts'
import { createRecorder } from '../src/jobs/recorder.ts'
import type { Vendor } from '../src/jobs/vendor.ts'
import { createLog } from '../src/log.ts'
import { createEstimates } from '../src/worker/estimates.ts'
import { createLoop } from '../src/worker/loop.ts'
import { createSteps, type Steps } from '../src/worker/step.ts'
import { sampleJob, sampleReport } from '../test/support/job.ts'
import { postgresVersion, startPostgres, withPostgres } from '../test/support/servers/postgres.ts'
import { steady } from '../test/support/steady.ts'
import { type JobStore, whole } from '../test/support/stores.ts'
import { type CpuClock, ownCpu, serverCpu } from './cpu.ts'
import { redisVersion, startRedis } from './redis.ts'
import { openBullOnPostgres, openBullOnRedis, openGraphileWorker, type RivalQueue } from './rivals.ts'
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
  readonly servers: readonly CpuClock[]
  /** Begins to poll the jobs that are in the store. */
  start(steps: Steps): Promise<{ stop(): Promise<void> }>
  close(): Promise<void>
}

const ours = (store: JobStore, shared: boolean) => async (steps: Steps) => {
  const loop = createLoop({
    kind: 'poll',
    work: store,
    clock,
    log,
    owner: 'bench',
    shared,
    longestMs: 300_000,
    changesKeptMs: 30 * 24 * 60 * 60_000, // 30 days, as a gateway has it
  })
  await loop.start(steps.poll)
  return loop
}

/** The rows of the history, which the queue knows nothing of: each step reads its own. */
const rival = (store: JobStore, open: () => Promise<RivalQueue>) => async (steps: Steps) => {
  const queue = await open()
  await queue.schedule(ids, clock.now())
  await queue.start(async (id) => {
    const [job] = await store.listed([id])
    return (job && (await steps.poll(job))) ?? clock.now()
  })
  return queue
}

let databases = 0

async function onPostgres(
  startOn: (store: JobStore, url: string) => Opened['start'],
  others: readonly CpuClock[] = [],
): Promise<Opened> {
  databases += 1
  const url = new URL(postgres.url)
  url.pathname = `bench_${databases}`
  await withPostgres(postgres.url, (client) => client.query(`CREATE DATABASE bench_${databases}`))
  const store = whole(await openPostgresStore({ url: url.href }))
  return {
    store,
    servers: [serverCpu(postgres.url), ...others],
    start: startOn(store, url.href),
    close: store.close,
  }
}

const kinds: { readonly name: string; open(): Promise<Opened> }[] = [
  {
    name: 'ours on SQLite',
    async open() {
      const store = whole(openSqliteStore({ file: join(folder, 'jobs.db') }))
      return { store, servers: [], start: ours(store, false), close: async () => store.close() }
    },
  },
  { name: 'ours on PostgreSQL', open: () => onPostgres((store) => ours(store, true)) },
  {
    name: 'graphile-worker',
    open: () => onPostgres((store, url) => rival(store, () => openGraphileWorker(url))),
  },
  {
    name: 'BullMQ on PostgreSQL',
    open: () => onPostgres((store, url) => rival(store, () => openBullOnPostgres(url))),
  },
  {
    name: 'BullMQ on Redis, history on PostgreSQL',
    open: () => onPostgres((store) => rival(store, () => openBullOnRedis(redis.url)), [serverCpu(redis.url)]),
  },
]

const ids = Array.from({ length: jobs }, (_, index) => `job_${String(index).padStart(26, '0')}`)

async function measure({ name, open }: (typeof kinds)[number]) {
  const { store, servers, start, close } = await open()
  let polls = 0
  const begun = clock.now()
  const vendor = {
    async poll(id: string) {
      polls += 1
      return { kind: 'report', report: sampleReport({ id, phase: 'processing', status: 'processing' }) }
    },
  } as unknown as Vendor
  const steps = createSteps({
    work: store,
    recorder: createRecorder(store, { publish() {} }),
    vendor,
    // It stands still: the pauses of jobs that take longer would leave the queues with nothing to do.
    clock: steady({ ...clock, now: () => begun }),
    log,
    health: { retryPause: () => pollMs },
    callbacks: { trusted: false, missed() {} },
    estimates: createEstimates({ work: store, clock, kindOf }),
    pollMs,
    deadlineMs: 3_600_000,
  })
  await insertAll(store)
  const queue = await start(steps)
  while (polls < jobs) await pause(50)

  const cpus = [ownCpu, ...servers]
  const read = () => cpus.map((cpu) => cpu.read())
  const [before, pollsBefore, since] = [read(), polls, performance.now()]
  await pause(measuredMs)
  const [after, taken, seconds] = [read(), polls - pollsBefore, (performance.now() - since) / 1_000]
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

async function insertAll(store: JobStore): Promise<void> {
  let next = 0
  const insert = async () => {
    for (let index = next++; index < ids.length; index = next++) {
      const now = clock.now()
      const job = sampleJob({
        id: ids[index] ?? '',
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
    }
  }
  await Promise.all(Array.from({ length: 8 }, insert))
}

try {
  const rows = []
  for (const kind of kinds) rows.push(await measure(kind))
  printTable(rows)
  printVersions({ PostgreSQL: await postgresVersion(postgres.url), Redis: await redisVersion(redis.url) })
} finally {
  await Promise.all([postgres.stop(), redis.stop()])
  rmSync(folder, { recursive: true })
}
