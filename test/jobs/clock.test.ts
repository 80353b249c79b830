import { expect, it } from 'vitest'
import { openDatabaseClock } from '../../src/jobs/clock.ts'
import { createLog } from '../../src/log.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const minute = 60_000
const hour = 60 * minute

/** A database whose clock is ahead by `ahead`, and how long each of its answers takes, one after the other. */
async function start(ahead: number, takes: readonly number[] = []) {
  const here = createFakeClock()
  const database = { ahead, answers: true, asked: 0 }
  const lines: string[] = []
  const { clock, close } = await openDatabaseClock(
    async () => {
      here.jump(takes[database.asked] ?? 0) // it is dated at its end, as by a statement that had to wait
      database.asked += 1
      if (!database.answers) throw new Error('the database is away')
      return here.now() + database.ahead
    },
    createLog('warn', { write: (line) => void lines.push(JSON.parse(line).msg) }),
    here,
  )
  return { here, database, lines, clock, close, ahead: () => clock.now() - here.now() }
}

it.each([
  ['first', [300, 20, 90]],
  ['second', [20, 300, 90]],
  ['last', [20, 90, 300]],
])(
  "the database's clock is measured by the quickest answer, whichever waits: the %s",
  async (_name, takes) => {
    const { ahead, lines, close } = await start(-4_000, takes)
    expect(ahead()).toBe(-3_990) // off by half of what the quickest took
    expect(lines).toEqual([])
    close()
  },
)

it('is told of in the log, once, where it differs by more than the queue bears', async () => {
  const { here, ahead, lines, close } = await start(hour)
  await here.advance(10 * minute)
  expect(ahead()).toBe(hour)
  expect(lines).toEqual(["this machine's clock is not the database's: let both be set by NTP"])
  close()
})

it('is compared again, and stays as it is while the database does not answer', async () => {
  const { here, database, ahead, close } = await start(2_000)
  database.ahead = 3_000
  database.answers = false
  await here.advance(3 * minute)
  expect(ahead()).toBe(2_000)
  database.answers = true
  await here.advance(minute)
  expect(ahead()).toBe(3_000)
  close()
})

it('is not compared any more once it is closed', async () => {
  const { here, database, close } = await start(0)
  close()
  const { asked } = database
  await here.advance(hour)
  expect({ asked: database.asked, pending: here.pending }).toEqual({ asked, pending: 0 })
})
