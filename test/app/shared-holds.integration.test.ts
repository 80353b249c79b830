import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Core, createCore } from '../../src/app/core.ts'
import { aroundHistory } from '../../src/db/around.ts'
import { createMemoryEvents } from '../../src/events/memory.ts'
import { createLog } from '../../src/log.ts'
import { createDatabase, type Database } from '../support/databases.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { createRandom } from '../support/random.ts'
import { openPostgresStore, type PostgresStore, record } from '../support/stores.ts'

const minute = 60_000

/** What the vendor answers to POSTs; 200 for a task that is done at once. */
type Mood = 200 | 402 | 403 | 404 | 429

let database: Database
let clock: FakeClock
let mood: Mood
let posts: number[]
let stores: PostgresStore[]
let cores: Core[]
beforeEach(async () => {
  database = await createDatabase()
  clock = createFakeClock()
  mood = 200
  posts = []
  stores = []
  cores = []
})
afterEach(async () => {
  await Promise.all(cores.map((core) => core.stop()))
  await Promise.all(stores.map((store) => store.close()))
  await database.drop()
})

function answerOf(request: Request): Response {
  const form = (data: object, code = 200) =>
    new Response(JSON.stringify({ code, message: 'words', data }), { status: code })
  if (request.method === 'GET') return form({ balance: 100 })
  if (mood !== 200) return form({}, mood)
  return form({ id: `task_${posts.length}`, status: 'completed', outputs: [] })
}

/** Gateways on one database, each with connections and a memory of its own: they hear of one another by the rows alone. */
async function start(count: number): Promise<PostgresStore> {
  for (let index = 0; index < count; index += 1) {
    const store = await openPostgresStore({ url: database.url, connections: 4 })
    stores.push(store)
    const core = createCore({
      config: {
        vendor: {
          baseUrl: 'https://vendor.example.com',
          apiKey: 'wsk-live-0123456789',
          pollSeconds: 5,
          tier: 'ultra',
          limits: { videosPerMinute: 5_000, concurrency: 2_000 },
        },
        jobs: { deadlineMinutes: 60, changesDays: 30 },
      },
      // Time stands still while a statement is under way.
      history: aroundHistory(
        store,
        (_, call) =>
          (...args) =>
            clock.during(call(...args)),
      ),
      events: createMemoryEvents(),
      shared: true,
      clock,
      random: createRandom(index + 1).bytes,
      async fetch(request, options) {
        if (request.method === 'POST') {
          await options?.beforeSend?.()
          posts.push(index)
          await new Promise<void>((resolve) => void clock.after(1_000, resolve))
        }
        return answerOf(request)
      },
      log: createLog('silent'),
      callbackUrl: null,
      archive: null,
      stepsMs: 1_000,
      writesMs: 1_000,
      breakOff() {},
    })
    cores.push(core)
  }
  for (const core of cores) {
    await core.work()
    await core.checkVendor()
  }
  return stores[0] as PostgresStore
}

async function fill(store: PostgresStore, jobs: number): Promise<void> {
  const createdAt = clock.now()
  for (let index = 0; index < jobs; index += 1)
    await record(store, {
      id: `job_${index}`,
      createdAt,
      updatedAt: createdAt,
      runAt: createdAt,
      input: { video: 'https://example.com/clip.mp4', prompt: 'a fox', seed: index },
    })
}

/** POSTs of so many gateways in a quarter of an hour in which the vendor refuses them, after the first are through. */
async function refusedPosts(count: number, refusal: Mood): Promise<number> {
  const store = await start(count)
  await fill(store, 20)
  mood = refusal
  await clock.advance(15 * minute)
  return posts.length
}

describe('gateways that share a history', () => {
  it.each([402, 403, 404, 429] as const)(
    'ask a vendor that answers %i no more often than one, however many they are',
    async (refusal) => {
      const one = await refusedPosts(1, refusal)
      const [single] = cores.splice(0)
      await single?.stop()
      const [alone] = stores.splice(0)
      await alone?.close()
      await database.drop()
      database = await createDatabase()
      clock = createFakeClock()
      posts = []
      mood = 200
      const three = await refusedPosts(3, refusal)
      process.stdout.write(`${refusal}: ${one} POSTs of one gateway in 15 minutes, ${three} of three\n`)
      expect(three).toBeLessThanOrEqual(one + 1)
    },
    60_000,
  )

  it('all go on within seconds of the first that is accepted', async () => {
    const store = await start(3)
    mood = 402
    // More than one of them sends in the meantime.
    await fill(store, 400)
    await clock.advance(2 * minute)
    mood = 200
    posts = []
    await clock.until(() => posts.length > 1, 1_000)
    // So long a gateway looks for nobody where nothing wakes it.
    await clock.advance(5_000)
    expect(new Set(posts)).toEqual(new Set([0, 1, 2]))
    await clock.advance(minute)
    expect(await store.waitingSince()).toBeNull()
    expect(cores.map((core) => core.vendor().state)).toEqual(['OK', 'OK', 'OK'])
  }, 60_000)

  it('tell of a hold that another one met', async () => {
    const store = await start(3)
    await fill(store, 1)
    mood = 402
    await clock.advance(minute)
    expect(cores.map((core) => core.vendor().state)).toEqual(Array(3).fill('ACCOUNT_REFUSED'))
  }, 60_000)
})
