import { createCore } from '../../src/app/core.ts'
import { createMemoryEvents } from '../../src/events/memory.ts'
import { pollPause } from '../../src/jobs/cadence.ts'
import { createLog } from '../../src/log.ts'
import { createTime } from '../sim/time.ts'
import { createRandom } from '../support/random.ts'
import { steady } from '../support/steady.ts'
import type { JobStore } from '../support/stores.ts'
import { openSqliteStore, record, type SqliteStore, withMethods } from '../support/stores.ts'
import { createCrowdedVendor, type Mood } from './vendor.ts'

export interface Gateway {
  /** How long its start took, in real milliseconds. */
  readonly readyMs: number
  /** Nothing of it happens any more. */
  kill(): void
}

/** Jobs in flight, gateways and a vendor, in time that only passes when it is told to. Times are seconds. */
export interface Crowd {
  readonly gateways: readonly Gateway[]
  readonly now: number
  feel(mood: Mood): void
  pass(seconds: number): Promise<void>
  /** Starts one more gateway on the history. */
  start(): Promise<Gateway>
  /** How many requests left since then. */
  requestsSince(time: number): number
  /** The most requests in any second since then. */
  busiestSince(time: number): number
  /** How many jobs were not asked about since then. */
  leftSince(time: number): number
  close(): Promise<void>
}

const start = Date.UTC(2026, 0, 1)
const pollMs = 2_000
const minute = 60_000

/** A history with so many jobs in flight: between one and ten minutes old, each somewhere in its pause. */
export async function fill(jobs: number): Promise<SqliteStore> {
  const random = createRandom(1)
  const store = openSqliteStore({ file: ':memory:' })
  for (let index = 0; index < jobs; index += 1) {
    const sentAt = Math.round(start - random.between(minute, 10 * minute))
    await record(store, {
      id: `job_${index}`,
      state: 'PROCESSING',
      predictionId: `p${index}`,
      vendorStatus: 'processing',
      createdAt: sentAt,
      submittedAt: sentAt,
      deadlineAt: start + 60 * minute,
      // Its first poll is due then.
      updatedAt: Math.round(start + random.next() * pollPause(start - sentAt, pollMs)),
    })
  }
  store.client.exec('CREATE TABLE due_at_first AS SELECT * FROM due')
  return store
}

/** Begins on a filled history, which was used before perhaps: polls of jobs that go on change nothing but what is due. */
export async function gather(
  store: SqliteStore,
  { jobs, gateways = 1 }: { jobs: number; gateways?: number },
) {
  store.client.exec('DELETE FROM due; INSERT INTO due SELECT * FROM due_at_first')
  const time = createTime(start)
  const vendor = createCrowdedVendor(time)
  const events = createMemoryEvents()
  const shared = gateways > 1
  const running: (Gateway & { stop(): Promise<void> })[] = []
  const seconds = (at: number) => (at - start) / 1_000

  const crowd: Crowd = {
    gateways: running,
    get now() {
      return seconds(time.now())
    },
    feel(mood) {
      vendor.mood = mood
    },
    async pass(length) {
      await time.run(time.now() + length * 1_000, () => false)
    },
    async start() {
      let dead = false
      const core = createCore({
        ...settings(jobs, running.length),
        history: shared ? asShared(store) : store,
        events,
        shared,
        clock: steady({ now: time.now, after: (ms, run) => time.after(ms, () => dead || run()) }),
        fetch: (request) => vendor.fetch(request).finally(() => (dead ? new Promise(() => {}) : null)),
      })
      const begun = performance.now()
      await core.work()
      const readyMs = performance.now() - begun
      void core.checkVendor()
      const gateway = {
        readyMs,
        kill() {
          dead = true
          running.splice(running.indexOf(gateway), 1)
        },
        stop: () => core.stop(),
      }
      running.push(gateway)
      return gateway
    },
    requestsSince: (from) => vendor.requests.filter(({ at }) => seconds(at) >= from).length,
    busiestSince(from) {
      const counts = new Map<number, number>()
      for (const { at } of vendor.requests) {
        const second = Math.floor(seconds(at))
        if (seconds(at) >= from) counts.set(second, (counts.get(second) ?? 0) + 1)
      }
      return Math.max(0, ...counts.values())
    },
    leftSince(from) {
      const asked = vendor.requests.filter(({ at }) => seconds(at) >= from)
      return jobs - new Set(asked.flatMap(({ predictionId }) => predictionId ?? [])).size
    },
    async close() {
      vendor.mood = 'answers'
      let stopped = false
      const stopping = Promise.all(running.map((gateway) => gateway.stop())).then(() => {
        stopped = true
      })
      await time.run(time.now() + minute, () => stopped)
      await stopping
    },
  }
  for (let index = 0; index < gateways; index += 1) await crowd.start()
  return crowd
}

function settings(jobs: number, seed: number) {
  return {
    config: {
      vendor: {
        baseUrl: 'https://vendor.test',
        apiKey: 'a-key',
        pollSeconds: pollMs / 1_000,
        tier: 'ultra',
        limits: { videosPerMinute: 5_000, concurrency: jobs },
      },
      jobs: { deadlineMinutes: 60, changesDays: 30 },
    },
    random: createRandom(seed).bytes,
    log: createLog('fatal', { write() {} }),
    callbackUrl: null,
    archive: null,
    stepsMs: 6_000,
    writesMs: 8_000,
    breakOff() {},
  } as const
}

/** A history that many share keeps the leases of all of them. */
const asShared = (store: JobStore) => withMethods(store, { async release() {} })
