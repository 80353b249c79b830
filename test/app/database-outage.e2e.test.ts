import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../../src/log.ts'
import { createTestApp, type TestApp, terminal } from '../support/app.ts'
import { createDatabase, type Database } from '../support/databases.ts'
import { eventually } from '../support/eventually.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

describe('while PostgreSQL', { concurrent: false }, () => {
  let database: Database
  let proxy: TcpProxy
  let app: TestApp
  let lines: { msg: string; queue?: string }[]
  beforeEach(async () => {
    database = await createDatabase()
    proxy = await startTcpProxy(database.url)
    lines = []
    const log = createLog('info', { write: (line) => void lines.push(JSON.parse(line)) })
    app = await createTestApp({ env: { DATABASE_URL: proxy.url }, overrides: { log } })
  })
  afterEach(async () => {
    proxy.thaw()
    proxy.accept()
    await app.close()
    await proxy.close()
    await database.drop()
  })
  async function ready() {
    const response = await fetch(new URL('/ready', app.url))
    return { status: response.status, body: await response.json() }
  }

  it('is frozen, /ready says so and does not wait for it', async () => {
    expect(await ready()).toMatchObject({
      status: 200,
      body: { ready: true, checks: { database: { ok: true }, vendor: { ok: true }, steps: { ok: true } } },
    })
    proxy.freeze()
    const late = { ok: false, detail: 'It does not answer within 2 seconds.' }
    for (const { status, body } of await Promise.all([ready(), ready(), ready()])) {
      expect(status).toBe(503)
      expect(body).toMatchObject({
        ready: false,
        checks: { database: late, steps: late, vendor: { ok: true } },
      })
    }
    proxy.thaw()
    await eventually(async () => expect((await ready()).status).toBe(200))
  })

  it('comes and goes, an outage is a line for each part that met it, and its end another', async () => {
    await app.create()
    for (let time = 0; time < 6; time += 1) {
      proxy.refuse()
      await pause(300)
      proxy.accept()
      await pause(300)
    }
    const ids = [await eventually(() => app.create())]
    await eventually(async () => {
      for (const id of ids) expect(terminal(await app.state(id))).toBe(true)
    })
    const parts = [
      ['the history is not available, trying again', 'the history is available again'],
      ['the queue does not answer, trying again', 'the queue answers again'],
      ['events of other gateways are late: the bus does not answer', 'the bus answers again'],
    ] as const
    const count = (words: string) => lines.filter(({ msg }) => msg === words).length
    await eventually(() => {
      for (const [lost, back] of parts) expect(count(back), back).toBe(count(lost))
    })
    for (const [lost] of parts) expect(count(lost), lost).toBeLessThanOrEqual(1)
    expect(parts.map(([lost]) => count(lost)).reduce((sum, one) => sum + one)).toBeGreaterThan(0)
    expect(lines.filter(({ msg }) => /step failed|cannot be compared/.test(msg))).toEqual([])
  })
})
