import Database from 'better-sqlite3'
import { onTestFinished } from 'vitest'
import { createTestApp } from './app.ts'
import { createClockedWire } from './clocked-wire.ts'
import { createFakeClock } from './fake-clock.ts'
import { type HistoryName, openPostgresHistory } from './histories.ts'
import { startProxy } from './proxy.ts'

/** A gateway that the sandbox calls back through a proxy, both on one fake clock; closed when the test ends. */
export async function startCalledBack(history: HistoryName = 'SQLite') {
  const clock = createFakeClock()
  const proxy = await startProxy()
  const wire = createClockedWire(clock, false)
  let full = false
  const shared = history === 'PostgreSQL' ? await openPostgresHistory(clock) : null
  const app = await createTestApp({
    overrides: {
      clock,
      fetch: wire.fetch,
      onStatement(sql) {
        if (full && /^\s*(insert|update)/i.test(sql)) throw new Database.SqliteError('full', 'SQLITE_FULL')
      },
    },
    env: { WAVESPEED_POLL_SECONDS: '5', PUBLIC_URL: proxy.url },
    sandbox: { taskSeconds: 50 },
    history: shared,
  })
  wire.watch(app.sandbox)
  proxy.target = app.app.url
  onTestFinished(async () => {
    await app.close()
    await wire.close()
    await proxy.close()
  })

  const ends = (id: string) => clock.until(() => app.hasEnded(id))
  const reaches = (id: string, state: string) => clock.until(() => app.isIn(id, state))

  return {
    app,
    clock,
    proxy,
    ends,
    reaches,
    /** Whether writes meet a full disk, or a server that is out of reach. */
    breakHistory(isBroken: boolean) {
      if (shared) shared.away(isBroken)
      else full = isBroken
    },
    /** A job that the vendor works on, with what the vendor knows of its callback. */
    async running(prompt = '[sandbox:never-finishes]') {
      const id = await app.create(prompt)
      await reaches(id, 'PROCESSING')
      const predictionId = (await app.job(id)).predictionId ?? ''
      const url = app.sandbox.tasks.get(predictionId)?.webhook ?? ''
      return { id, predictionId, url }
    },
    /** A job that ended by its callback: from then on the gateway knows that callbacks come. */
    async proven() {
      const id = await app.create()
      await ends(id)
      await clock.until(() => app.sandbox.webhooks.deliveries().length > 0)
      // Were it a poll that found the end just before, callbacks would count as missed until the next one.
      await app.sandbox.webhooks.deliver((await app.job(id)).predictionId ?? '')
      return id
    },
    /** Polls of a job within a minute of its submission: where callbacks come, there are none. */
    async earlyPolls(id: string) {
      const { predictionId } = await app.job(id)
      const sent = app.sandbox.ledger.submits().find((entry) => entry.predictionId === predictionId)
      if (!predictionId || !sent) throw new Error(`${id} was not sent`)
      return app.sandbox.ledger.polls(predictionId).filter(({ at }) => at < sent.at + 60_000)
    },
    /** How often the vendor was asked for the secret. */
    secretsAsked: () => app.sandbox.ledger.counts().byOperation.secret,
  }
}
