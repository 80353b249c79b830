import { setTimeout as realPause } from 'node:timers/promises'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryEvents } from '../../src/events/memory.ts'
import { createSignals } from '../../src/events/signals.ts'
import type { Job } from '../../src/jobs/job.ts'
import type { ChangePlace } from '../../src/jobs/store.ts'
import { localTenant } from '../../src/jobs/tenant.ts'
import { followChanges, type JobChange, shareReads } from '../../src/service/changes.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { sampleJob } from '../support/job.ts'
import { decide, type JobStore, stores, useStore } from '../support/stores.ts'
import { tenantOf } from '../support/tenants.ts'

const dayMs = 86_400_000
const allOf = (store: JobStore) =>
  store.page({ order: 'CREATED_AT', descending: false, filter: {}, fromEnd: false, limit: 100 })

describe.each(stores)('a stream of changes, on $name,', ({ open }) => {
  const opened = useStore(open)
  let store: JobStore
  let clock: ReturnType<typeof createFakeClock>
  let events: ReturnType<typeof createMemoryEvents>
  let options: Parameters<typeof followChanges>[0]
  beforeEach(() => {
    store = opened.store
    clock = createFakeClock()
    events = createMemoryEvents()
    const signal = createSignals(events, clock).of(localTenant)
    options = { reader: store, signal, clock, keptMs: 30 * dayMs }
  })
  const follow = (since: string | null = null, heartbeatMs: number | null = null) =>
    followChanges(options, since, heartbeatMs)
  const insert = (id: string) => opened.insert({ id, state: 'QUEUED' })
  const cancel = (id: string) => store.change(id, decide({ type: 'canceled' }))
  const remove = (id: string) => store.remove(id, () => true, clock.now())
  const wordsOf = ({ kind, jobId, job }: JobChange) =>
    [kind, jobId, job && `${job.version} ${job.state}`].filter(Boolean).join(' ')

  /** What is told up to the first word that all is told, and where to go on. On PostgreSQL others may hold reads back. */
  async function readAll(since: string | null, expected: number) {
    const stream = await follow(since, 60_000)
    const told: string[] = []
    let sequence: string | null = null
    for (;;) {
      const next = stream.next()
      let done = false
      void next.finally(() => {
        done = true
      })
      // Other tests' transactions on this server pass in real time.
      for (; !done; await realPause(5)) await clock.advance(2_000)
      const { value } = await next
      sequence = value.sequence
      if (value.kind === 'UP_TO_DATE' && told.length >= expected) break
      if (value.kind !== 'UP_TO_DATE') told.push(wordsOf(value))
    }
    await stream.return?.()
    return { told, sequence }
  }

  it('begins with what is not finished, and says when that is told', async () => {
    for (const id of ['a', 'b', 'c']) await insert(id)
    await cancel('b')
    const stream = await follow()
    const told = [await stream.next(), await stream.next()].map(({ value }) => value)
    expect(told.map(wordsOf)).toEqual(['PRESENT a 1 QUEUED', 'PRESENT c 1 QUEUED'])
    expect(told.map(({ sequence }) => sequence)).toEqual([null, null])
    await stream.return?.()
  })

  it('tells each job that changed since once, as it stands, and what was deleted', async () => {
    await insert('a')
    await insert('gone')
    const { sequence } = await readAll(null, 2)
    await insert('b')
    await cancel('a')
    await cancel('gone')
    await remove('gone')
    await insert('brief')
    await cancel('brief')
    await remove('brief')
    const { told } = await readAll(sequence, 4)
    expect(told).toEqual(['CHANGED b 1 QUEUED', 'CHANGED a 2 CANCELED', 'DELETED gone', 'DELETED brief'])
  })

  it('tells nothing of another tenant', async () => {
    const { sequence } = await readAll(null, 0)
    const job = sampleJob({ id: 'theirs', tenant: tenantOf('rival'), state: 'QUEUED' })
    await store.for(tenantOf('rival')).insert(job, { version: 1, at: 1, state: 'QUEUED', message: '' })
    await insert('own')
    expect((await readAll(sequence, 1)).told).toEqual(['CHANGED own 1 QUEUED'])
  })

  it('of a place too long ago, or of no place, is refused', async () => {
    const { sequence } = await readAll(null, 0)
    await clock.advance(1)
    const wrong = [
      '',
      'abc',
      Buffer.from('[1,2]').toString('base64url'),
      Buffer.from('[0,-1,3]').toString('base64url'),
    ]
    for (const text of wrong) await expect(follow(text)).rejects.toMatchObject({ code: 'CHANGES_EXPIRED' })
    const ahead = Buffer.from(JSON.stringify([2 ** 50, 1, clock.now()])).toString('base64url')
    await expect(follow(ahead)).rejects.toMatchObject({ code: 'CHANGES_EXPIRED' })
    options = { ...options, keptMs: 0 }
    await expect(follow(sequence)).rejects.toMatchObject({ code: 'CHANGES_EXPIRED' })
  })

  it('leaves no timer and no listener behind', async () => {
    const stream = await follow(null, 60_000)
    await stream.next()
    const waiting = stream.next()
    await clock.until(() => clock.pending > 0, 1)
    await stream.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(clock.pending).toBe(0)
  })

  it('says that nothing has changed as often as was asked for', async () => {
    const stream = await follow(null, 60_000)
    await stream.next()
    let told: JobChange | null = null
    void stream.next().then(({ value }) => {
      told = value
    })
    await clock.advance(59_000)
    expect(told).toBeNull()
    await clock.until(() => told !== null, 500)
    expect(told).toMatchObject({ kind: 'UP_TO_DATE', jobId: null, sequence: expect.any(String) })
    await stream.return?.()
  })
})

it('a stream of changes tells nothing older than its present, though another one began to read before', async () => {
  const jobs: Job[] = []
  const answers: (() => void)[] = []
  const reader = {
    latestChange: async () => ({ transaction: 0, sequence: jobs.length }),
    page: async () => jobs.slice(-1),
    changesAfter: ({ sequence }: ChangePlace) => {
      const place = { transaction: 0, sequence: Math.max(sequence, jobs.length) }
      const changes = jobs
        .slice(sequence)
        .slice(-1)
        .map((job) => ({ jobId: job.id, place, job }))
      return new Promise<{ changes: typeof changes; place: typeof place; isLast: true }>((resolve) => {
        answers.push(() => resolve({ changes, place, isLast: true }))
      })
    },
  }
  const clock = createFakeClock()
  const signal = createSignals(createMemoryEvents(), clock).of(localTenant)
  const options = { reader, shared: shareReads(reader.changesAfter), signal, clock, keptMs: dayMs }
  const since = Buffer.from(JSON.stringify([0, 0, clock.now()])).toString('base64url')
  const [first, second] = [
    await followChanges(options, since, null),
    await followChanges(options, null, null),
  ]
  jobs.push(sampleJob({ id: 'a', version: 1, state: 'QUEUED' }))
  const early = first.next()
  await clock.until(() => answers.length > 0, 10)
  jobs.push(sampleJob({ id: 'a', version: 2, state: 'QUEUED' }))
  const present = await second.next()
  const late = second.next()
  await clock.advance(1)
  for (const answer of answers) answer()
  void early
  expect([present, await late].map(({ value }) => [value.kind, value.job.version])).toEqual([
    ['PRESENT', 2],
    ['CHANGED', 2],
  ])
})

it('a copy that is kept by it is the history, however often the stream breaks', async () => {
  const open = stores.find(({ name }) => name === 'SQLite')?.open
  const act = fc.record({
    what: fc.constantFrom('insert', 'cancel', 'remove', 'read', 'break'),
    of: fc.nat(5),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
      const world = await open?.()
      if (!world) throw new Error('There is no SQLite')
      const { store } = world
      const clock = createFakeClock()
      const signal = createSignals(createMemoryEvents(), clock).of(localTenant)
      const options = { reader: store, signal, clock, keptMs: dayMs }
      const copy = new Map<string, number>()
      const told = new Set<string>()
      let sequence: string | null = null
      let stream = await followChanges(options, null, null)
      const read = async () => {
        const { value } = (await stream.next()) as { value: JobChange }
        const { kind, jobId, job } = value
        sequence = value.sequence ?? sequence
        if (kind === 'DELETED') copy.delete(String(jobId))
        else if (job) {
          if (kind === 'CHANGED' && told.has(`${jobId} ${job.version}`))
            throw new Error(`${jobId} is told twice`)
          told.add(`${jobId} ${job.version}`)
          copy.set(job.id, job.version)
        }
        return kind
      }
      const readAll = async () => {
        stream = await followChanges(options, sequence, null)
        while ((await read()) !== 'UP_TO_DATE');
      }
      await readAll()
      for (const [index, { what, of }] of acts.entries()) {
        const jobs = await allOf(store)
        const id = jobs[of % Math.max(1, jobs.length)]?.id ?? ''
        if (what === 'insert') {
          const job = sampleJob({ id: `j${index}`, state: 'QUEUED' })
          await store.insert(job, { version: 1, at: 1, state: 'QUEUED', message: '' })
        } else if (what === 'cancel') await store.change(id, decide({ type: 'canceled' }))
        else if (what === 'remove') await store.remove(id, ({ state }) => state === 'CANCELED', clock.now())
        else if (what === 'read') await readAll()
        else {
          await stream.return?.()
          stream = await followChanges(options, sequence, null)
          await read()
        }
      }
      await readAll()
      const jobs = await allOf(store)
      expect(copy).toEqual(new Map(jobs.map(({ id, version }) => [id, version])))
      await stream.return?.()
      await world.close()
    }),
    { numRuns: 60 },
  )
})
