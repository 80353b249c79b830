import { afterEach, beforeEach, expect } from 'vitest'
import type { BroadcastOptions } from '../../src/events/broadcast.ts'
import { openSharedEvents } from '../../src/events/shared.ts'
import type { Job } from '../../src/jobs/job.ts'
import type { ChangePlace } from '../../src/jobs/store.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import { createLogLines } from './log-lines.ts'

type Bus = Awaited<ReturnType<typeof openSharedEvents>>

/** The largest message. */
export const maxBytes = 2_000

/** What was written up to here was told before a bus was opened. */
export const latest: ChangePlace = { transaction: 3, sequence: 7 }

/** What the buses of a test stand on: the way to other processes, and the rows. */
function createGround() {
  const { log, lines } = createLogLines('debug')
  return {
    clock: createFakeClock(),
    log,
    lines,
    /** What the last bus that was opened told the way to tell it. */
    way: { onError() {}, onGap() {} } as BroadcastOptions,
    hear: (_message: unknown): void => {},
    /** What has left, each with how it ends. */
    sent: [] as { readonly text: string; readonly arrives: () => void; readonly fails: () => void }[],
    rows: {} as Record<string, Job | Error>,
    /** What was changed and not read since. */
    written: [] as Job[],
    /** From where changes were read. */
    reads: [] as ChangePlace[],
    listen: async (): Promise<void> => {},
    close: async (): Promise<void> => {},
  }
}

/** Buses of many processes without the others, on a way and rows that do as they are told. They are closed after each test. */
export function useSharedBus() {
  let ground: ReturnType<typeof createGround>
  let buses: Bus[]
  beforeEach(() => {
    ground = createGround()
    buses = []
  })
  afterEach(async () => {
    for (const { arrives } of ground.sent) arrives()
    ground.close = async () => {}
    await Promise.all(buses.map((bus) => bus.close(new Error('the test is over'))))
    expect(ground.clock.pending).toBe(0)
  })

  const test = {
    get ground() {
      return ground
    },
    get clock(): FakeClock {
      return ground.clock
    },
    async open(): Promise<Bus> {
      const { clock, log } = ground
      const bus = await openSharedEvents({
        open(options) {
          ground.way = options
          return {
            place: 'the moon',
            maxBytes,
            send: (text) =>
              new Promise((resolve, reject) => {
                ground.sent.push({ text, arrives: resolve, fails: () => reject(new Error('cut')) })
              }),
            listen(hear) {
              ground.hear = hear
              return ground.listen()
            },
            close: () => ground.close(),
          }
        },
        changes: {
          latest: async () => latest,
          async changesAfter(place) {
            ground.reads.push(place)
            return { jobs: ground.written.splice(0), place, isLast: true }
          },
        },
        work: {
          async job(id) {
            const row = ground.rows[id] ?? null
            if (row instanceof Error) throw row
            return row
          },
        },
        clock,
        log,
        closeMs: 1_000,
      })
      buses.push(bus)
      return bus
    },
    /** One that somebody follows: what it told, and how that ended. */
    async followed() {
      const bus = await test.open()
      const told: string[] = []
      const reader = bus.ofAll()
      const read = async () => {
        for await (const { id, version } of reader) told.push(`${id} ${version}`)
      }
      const ended = read().catch((error: unknown) => error)
      return {
        bus,
        ended,
        async told() {
          await ground.clock.advance(0)
          return told
        },
      }
    },
  }
  return test
}
