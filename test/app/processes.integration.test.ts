import { describe, expect, it } from 'vitest'
import { systemClock as clock } from '../../src/jobs/clock.ts'
import { createLog } from '../../src/log.ts'
import { createLoop } from '../../src/worker/loop.ts'
import { createDatabase } from '../support/databases.ts'
import { eventually } from '../support/eventually.ts'
import { outcomeOf, spawnProgram } from '../support/gateway-process.ts'
import { startPostgres } from '../support/servers/postgres.ts'
import { openPostgresStore, type PostgresStore, record } from '../support/stores.ts'
import { openUnreachable } from '../support/unreachable.ts'

/** Another process. It has taken every job that it says it has. */
function startTaker(...args: string[]) {
  const child = spawnProgram('test/taker.ts', {}, { args })
  const ended = outcomeOf(child)
  let output = ''
  child.stdout?.on('data', (chunk) => {
    output += chunk
  })
  return { child, ended, says: (words: string) => eventually(() => expect(output).toContain(words)) }
}

describe('processes that share their work and their events on PostgreSQL', { concurrent: true }, () => {
  /** A process that has taken the job "a", and the loop of this one, which then takes jobs, too. */
  async function startTwo(on: PostgresStore, url: string) {
    await record(on, { id: 'a', state: 'CREATED', predictionId: 'p' })
    const taker = startTaker(url)
    await taker.says('took a')
    const ran: string[] = []
    const log = createLog('silent')
    const loop = createLoop({
      kind: 'poll',
      work: on,
      clock,
      log,
      owner: 'me',
      shared: true,
      longestMs: 60_000,
    })
    await loop.start(async ({ id }) => {
      ran.push(id)
      return null
    })
    return { taker, loop, ran }
  }

  /** With a database that only this test uses. */
  async function alone<T>(test: (on: PostgresStore, url: string) => Promise<T>): Promise<void> {
    const own = await createDatabase()
    const on = await openPostgresStore({ url: own.url })
    await test(on, own.url)
    await on.close()
    await own.drop()
  }

  it('take over from one that was killed', () =>
    alone(async (on, url) => {
      const { taker, loop, ran } = await startTwo(on, url)
      taker.child.kill('SIGKILL')
      const killedAt = Date.now()
      await eventually(() => expect(ran).toEqual(['a']))
      process.stdout.write(
        `a step was taken over ${((Date.now() - killedAt) / 1_000).toFixed(1)} s after the kill\n`,
      )
      await loop.stop()
    }))

  it('take over at once from one that stops, of which nothing is left open', () =>
    alone(async (on, url) => {
      const { taker, loop, ran } = await startTwo(on, url)
      taker.child.kill('SIGTERM')
      await eventually(() => expect(ran).toEqual(['a']))
      expect(await taker.ended).toEqual({
        code: 0,
        output: expect.stringMatching(/^(took a\nopen|open\ntook a)\nclosed\n$/),
      })
      await loop.stop()
    }))

  it('say which server they cannot reach, without its password, and leave nothing open', async () => {
    const { urls, close } = await openUnreachable('postgres')
    const ended = await Promise.all(urls.map((url) => startTaker(url).ended))
    for (const [index, { code, output }] of ended.entries()) {
      expect(code).toBe(1)
      const place = urls[index]?.replace('me:secret@', '')
      expect(output).toMatch(/ cannot be reached: .+[^.]\.\n$/)
      expect(output.startsWith(`The bus of events on ${place}`)).toBe(true)
      expect(output).not.toContain('secret')
    }
    close()
  })

  it('can stop while it does not answer, and leave nothing open', async () => {
    const server = await startPostgres()
    const taker = startTaker(server.url)
    await taker.says('open')
    await server.kill()
    taker.child.kill('SIGTERM')
    expect(await taker.ended).toEqual({ code: 0, output: 'open\nclosed\n' })
    await server.stop()
  })
})
