import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createNotify } from '../../src/events/notify.ts'
import type { Job } from '../../src/jobs/job.ts'
import {
  type Bus,
  type BusPlace,
  createDayClock,
  openSharedBus,
  prepareBuses,
  take,
} from '../support/buses.ts'
import { eventually } from '../support/eventually.ts'
import type { FakeClock } from '../support/fake-clock.ts'
import { sampleInput, sampleJob } from '../support/job.ts'
import { startPostgres } from '../support/servers/postgres.ts'

/** A round of reading what the messages missed. */
const roundMs = 5_000

describe('two event buses on PostgreSQL', () => {
  let place: BusPlace
  let clock: FakeClock
  let one: Bus
  let other: Bus
  let warnings: string[]
  const over = new Error('the test is over')
  beforeAll(async () => {
    place = await prepareBuses()
  })
  afterAll(() => place.remove())
  beforeEach(async () => {
    // What was written while another program's transaction was open is told after a start, too.
    await place.rows.pool.query('TRUNCATE jobs, changes, submissions, due')
    clock = createDayClock()
    warnings = []
    one = await openSharedBus(place, { clock })
    other = await openSharedBus(place, { clock, warnings })
  })
  afterEach(async () => {
    await Promise.all([one.close(over), other.close(over)])
    expect(clock.pending).toBe(0)
  })

  const version = (id: string, number: number, change: Partial<Job> = {}) =>
    sampleJob({ id, version: number, updatedAt: clock.now(), ...change })
  const versions = (jobs: readonly Job[]) => jobs.map((job) => `${job.id} ${job.version}`)
  /** Writes a job as a gateway does that is killed before it can tell anybody. */
  async function writeOnly(job: Job): Promise<void> {
    const entry = { version: job.version, at: job.updatedAt, state: job.state, message: 'Recorded.' }
    if (job.version === 1) await place.rows.insert(job, entry)
    else await place.rows.change(job.id, () => ({ job, entry }))
  }
  /** What is told by rounds. One reads only what no open transaction of the server can come before, of other databases even. */
  async function byRounds<T>(told: Promise<T>): Promise<T> {
    let over = false
    void told.then(() => {
      over = true
    })
    await eventually(async () => {
      await clock.advance(roundMs)
      expect(over).toBe(true)
    })
    return told
  }
  /** A message of somebody else, or an old one. */
  async function send(...messages: unknown[]): Promise<void> {
    const broadcast = createNotify(place.url, { onError: () => {}, onGap: () => {} })
    for (const message of messages) await broadcast.send(JSON.stringify(message))
    await broadcast.close()
  }

  it('tell each other what is published, in order and once', async () => {
    const readers = [one.ofAll(), other.ofAll(), other.ofJob('a')]
    for (const number of [1, 2, 3, 4, 5]) one.publish(version('a', number))
    const expected = ['a 1', 'a 2', 'a 3', 'a 4', 'a 5']
    for (const reader of readers) expect(versions(await take(reader, 5))).toEqual(expected)
    other.publish(version('b', 1))
    for (const reader of readers.slice(0, 2)) expect(versions(await take(reader, 1))).toEqual(['b 1'])
  })

  it('tell a change as it was published, whatever its texts are', async () => {
    const reader = other.ofJob('a')
    const job = version('a', 1, { input: { ...sampleInput, prompt: 'ein Füchs\u{1f98a}\0 "\\u0000"' } })
    one.publish(job)
    expect(await take(reader, 1)).toEqual([job])
  })

  it('tell a change that is too large for a message from its row', async () => {
    const reader = other.ofJob('large')
    const job = version('large', 1, { input: { ...sampleInput, prompt: 'x'.repeat(600_000) } })
    await writeOnly(job)
    one.publish(job)
    expect((await take(reader, 1))[0]?.prompt).toHaveLength(600_000)
  })

  it('tell no older version that comes late, and none again', async () => {
    const reader = other.ofAll()
    await send(version('a', 3), version('a', 2), version('a', 3), version('a', 4))
    expect(versions(await take(reader, 2))).toEqual(['a 3', 'a 4'])
    one.publish(version('a', 4))
    one.publish(version('b', 1))
    expect(versions(await take(reader, 1))).toEqual(['b 1'])
  })

  it('tell within a round what was written and whose message was lost', async () => {
    const readers = [one.ofAll(), other.ofAll()]
    for (const number of [1, 2, 3]) await writeOnly(version('lost', number))
    for (const reader of readers) expect(versions(await byRounds(take(reader, 1)))).toEqual(['lost 3'])
    one.publish(version('lost', 4))
    for (const reader of readers) expect(versions(await take(reader, 1))).toEqual(['lost 4'])
  })

  it('tell once what a round reads after its message came', async () => {
    const reader = other.ofAll()
    await writeOnly(version('both', 1))
    one.publish(version('both', 1))
    expect(versions(await take(reader, 1))).toEqual(['both 1'])
    await clock.advance(3 * roundMs)
    one.publish(version('end', 1))
    expect(versions(await take(reader, 1))).toEqual(['end 1'])
  })

  it('miss no change whose transaction ends after later ones were read', async () => {
    await writeOnly(version('first', 1))
    const reader = other.ofAll()
    const client = await place.rows.pool.connect()
    await client.query('BEGIN')
    await client.query(
      `INSERT INTO changes (job_id, tenant, version, at, state, message) VALUES ('late', 'local', 1, 1, 'QUEUED', '')`,
    )
    await client.query(
      `INSERT INTO jobs SELECT (jsonb_populate_record(jobs, '{"id": "late"}')).* FROM jobs LIMIT 1`,
    )
    await writeOnly(version('early', 1))
    await clock.advance(roundMs)
    await client.query('COMMIT')
    client.release()
    expect(versions(await byRounds(take(reader, 3))).sort()).toEqual(['early 1', 'first 1', 'late 1'])
  })

  it('tell what was dated before the last round and written after it', async () => {
    const reader = other.ofAll()
    const dated = version('slow', 1)
    await clock.advance(30_000)
    await writeOnly(dated)
    expect(versions(await byRounds(take(reader, 1)))).toEqual(['slow 1'])
  })

  it('tell each of very many lost changes, however many are of one time', async () => {
    const reader = other.ofAll()
    await writeOnly(version('many 0', 1))
    await place.rows.pool.query(
      `INSERT INTO jobs SELECT (jsonb_populate_record(jobs, jsonb_build_object('id', 'many ' || n))).*
         FROM jobs, generate_series(1, 1200) AS n WHERE id = 'many 0'`,
    )
    await place.rows.pool.query(
      `INSERT INTO changes (job_id, tenant, version, at, state, message)
         SELECT id, tenant, version, created_at, state, 'Recorded.' FROM jobs WHERE id LIKE 'many %' AND id <> 'many 0'`,
    )
    const told = new Set(versions(await byRounds(take(reader, 1_201))))
    expect(told.size).toBe(1_201)
  })

  it('read no rows while nobody listens', async () => {
    const read: unknown[] = []
    const { changes } = place.rows
    const rows: typeof place.rows = {
      ...place.rows,
      changes: {
        ...changes,
        changesAfter(...asked) {
          read.push(asked)
          return changes.changesAfter(...asked)
        },
      },
    }
    const bus = await openSharedBus({ ...place, rows }, { clock })
    await clock.advance(3 * roundMs)
    expect(read).toEqual([])
    const reader = bus.ofAll()
    await eventually(async () => {
      await clock.advance(roundMs)
      expect(read.length).toBeGreaterThan(0)
    })
    await reader.return?.()
    await bus.close(over)
  })

  it('ignore nonsense, with a warning, and go on', async () => {
    const reader = other.ofAll()
    const { id: _, ...nameless } = version('a', 1)
    const nonsense = [null, 7, 'text', [], {}, nameless, { ...version('a', 1), input: null }]
    await send(...nonsense, version('b', 1))
    expect(versions(await take(reader, 1))).toEqual(['b 1'])
    expect(warnings.map((line) => JSON.parse(line).msg)).toEqual(
      nonsense.map(() => 'a message on the bus is no job: another program may be using it'),
    )
  })

  it('send what was published before they close', async () => {
    const reader = other.ofAll()
    const expected = Array.from({ length: 20 }, (_, index) => `last ${index + 1}`)
    for (const index of expected.keys()) one.publish(version('last', index + 1))
    await one.close(over)
    expect(versions(await take(reader, 20))).toEqual(expected)
  })

  it('are closed without a trace while a round reads', async () => {
    const reads: (() => void)[] = []
    const rows: typeof place.rows = {
      ...place.rows,
      changes: {
        ...place.rows.changes,
        changesAfter: () =>
          new Promise((_resolve, reject) => {
            reads.push(() => reject(new Error('the history is closed')))
          }),
      },
    }
    const bus = await openSharedBus({ ...place, rows }, { clock, warnings })
    const timers = clock.pending
    void bus
      .ofAll()
      .next()
      .catch(() => {})
    await clock.advance(roundMs)
    bus.publish(version('a', 1))
    const closing = bus.close(over)
    expect(reads).toHaveLength(1)
    for (const fail of reads) fail()
    await closing
    await clock.advance(0)
    expect({ pending: clock.pending, warnings }).toEqual({ pending: timers - 1, warnings: [] })
  })

  it('hear again after a restart of the server, and read from the rows what they missed', async () => {
    const server = await startPostgres()
    const onServer = { ...place, url: server.url }
    const [here, there] = [await openSharedBus(onServer, { clock }), await openSharedBus(onServer, { clock })]
    const [readHere, readThere] = [here.ofAll(), there.ofAll()]
    await server.kill()
    await writeOnly(version('missed', 1))
    here.publish(version('missed', 1))
    expect(versions(await take(readHere, 1))).toEqual(['missed 1'])
    expect(versions(await byRounds(take(readThere, 1)))).toEqual(['missed 1'])
    await server.start()
    let heard: Job | undefined
    void readThere.next().then(({ value }) => {
      heard = value
    })
    let number = 1
    await eventually(() => {
      number += 1
      here.publish(version('missed', number))
      expect(heard?.version).toBeGreaterThan(1)
    })
    await Promise.all([here.close(over), there.close(over)])
    await server.stop()
  })
})
