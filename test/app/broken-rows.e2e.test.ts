import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { createLog } from '../../src/log.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createClockedWire } from '../support/clocked-wire.ts'
import { createFakeClock } from '../support/fake-clock.ts'

describe('jobs whose rows are broken', () => {
  let app: TestApp
  afterEach(() => app.close())

  it('do not stop the others, over a restart and in every state, and are told of in the log', async () => {
    const clock = createFakeClock()
    const wire = createClockedWire(clock)
    onTestFinished(() => wire.close())
    const lines: string[] = []
    app = await createTestApp({
      overrides: {
        clock,
        fetch: wire.fetch,
        log: createLog('error', { write: (line: string) => void lines.push(line) }),
      },
      env: { WAVESPEED_POLL_SECONDS: '5', WAVESPEED_CONCURRENCY: '2' },
      sandbox: { taskSeconds: 20 },
    })
    wire.watch(app.sandbox)
    const reaches = (id: string, state: string) => clock.until(() => app.isIn(id, state))
    const ids: string[] = []
    for (let index = 0; index < 6; index += 1) {
      ids.push(await app.create(`number ${index}`))
      await clock.advance(1)
    }
    const [running = '', healthy = '', waiting = '', ...rest] = ids
    await reaches(running, 'CREATED')
    await reaches(healthy, 'CREATED')
    await app.restart({
      between() {
        const file = new Database(join(app.folder, 'jobs.db'))
        file.prepare("UPDATE jobs SET outputs = 'secret' WHERE id = ?").run(running)
        file.prepare("UPDATE jobs SET input = '{' WHERE id = ?").run(waiting)
        file.close()
      },
    })
    for (const id of [healthy, ...rest]) await clock.until(() => app.hasEnded(id))
    expect(app.sandbox.ledger.submits()).toHaveLength(5)

    const { jobs } = await app.graphql<{ jobs: { edges: { node: { id: string; state: string } }[] } }>(
      '{ jobs(first: 10, orderBy: CREATED_AT_ASC) { edges { node { id state input { seed } } } } }',
    )
    expect(jobs.edges.map(({ node: { id, state } }) => ({ id, state }))).toEqual(
      [healthy, ...rest].map((id) => ({ id, state: 'COMPLETED' })),
    )
    await expect(app.job(running)).rejects.toThrow(/JOB_UNREADABLE/)

    const told = lines.filter((line) => line.includes('the row of a job is broken'))
    expect(told.map((line) => (JSON.parse(line) as { jobId: string }).jobId).sort()).toEqual(
      [running, waiting].sort(),
    )
    expect(lines.join('\n')).not.toContain('secret')
    expect(app.app.gauges().steps).toBe(0)
  })
})
