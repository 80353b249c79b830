import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type App, startApp } from '../../src/app/app.ts'
import { loadConfig } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import { createDatabase, type Database } from '../support/databases.ts'
import { eventually } from '../support/eventually.ts'

const provider = {
  AUTH_JWKS_URL: 'http://127.0.0.1:9/jwks',
  AUTH_ISSUER: 'https://id.example.com',
  AUTH_AUDIENCE: 'video',
}

describe('gateways that share a history', () => {
  let database: Database
  let apps: App[]
  beforeEach(async () => {
    database = await createDatabase()
    apps = []
  })
  afterEach(async () => {
    await Promise.all(apps.map((app) => app.stop()))
    await database.drop()
  })

  async function start(env: Record<string, string> = {}): Promise<App> {
    const given = { PORT: '0', DATABASE_URL: database.url, WAVESPEED_BASE_URL: 'http://127.0.0.1:9', ...env }
    const app = await startApp(loadConfig(given), { log: createLog('silent') })
    apps.push(app)
    return app
  }

  it.each([
    [
      'everyone beside keys',
      { LOCAL_WITHOUT_KEY: '1' },
      {},
      /without a key \(LOCAL_WITHOUT_KEY\), and this one asks for keys/,
    ],
    [
      'keys beside everyone',
      {},
      { LOCAL_WITHOUT_KEY: '1' },
      /asks for keys once there are some, and this one lets everyone/,
    ],
    [
      'keys always beside keys if any',
      {},
      { PUBLIC_URL: 'https://a.example.com' },
      /once there are some, and this one asks for keys/,
    ],
    [
      'tokens beside none',
      { ...provider, PUBLIC_URL: 'https://a.example.com' },
      { PUBLIC_URL: 'https://a.example.com' },
      /tokens of an identity provider/,
    ],
    [
      'another audience',
      provider,
      { ...provider, AUTH_AUDIENCE: 'images' },
      /tokens of an identity provider.*tokens of an identity provider/,
    ],
  ])('do not start side by side with other rules of who is let in: %s', async (_, first, second, words) => {
    const running = await start(first)
    await expect(start(second)).rejects.toThrow(words)
    // The other one goes on, and a third with its rules may come.
    expect((await fetch(new URL('/health', running.url))).status).toBe(200)
    await start(first)
  })

  it('start with other rules once all of the others have stopped', async () => {
    const first = await start({ LOCAL_WITHOUT_KEY: '1' })
    await first.stop()
    apps = []
    await eventually(() => start())
  })

  it('may be workers by whatever rules: they let nobody in', async () => {
    await start({ LOCAL_WITHOUT_KEY: '1', ROLE: 'web' })
    await start({ ROLE: 'worker' })
  })
})
