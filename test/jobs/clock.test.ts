import { describe, expect, it } from 'vitest'
import { openDatabaseClock } from '../../src/jobs/clock.ts'
import { createLog } from '../../src/log.ts'

describe("the database's clock", () => {
  const lines: string[] = []
  const log = createLog('warn', { write: (line) => void lines.push(line) })
  const hour = 3_600_000

  it('is what gateways go by, measured by the quickest of several answers', async () => {
    let asked = 0
    const { clock, close } = await openDatabaseClock(async () => {
      asked += 1
      // The first answer waits for a connection, and is dated at its end.
      if (asked === 1) await new Promise((resolve) => setTimeout(resolve, 300))
      return Date.now() - 4_000
    }, log)
    expect(asked).toBeGreaterThan(1)
    expect(Math.abs(clock.now() - (Date.now() - 4_000))).toBeLessThan(140)
    expect(lines).toEqual([])
    close()
  })

  it('is told of in the log where it differs by more than the queue bears', async () => {
    const { clock, close } = await openDatabaseClock(async () => Date.now() + hour, log)
    expect(Math.abs(clock.now() - Date.now() - hour)).toBeLessThan(1_000)
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
      "this machine's clock is not the database's: let both be set by NTP",
    ])
    close()
  })
})
