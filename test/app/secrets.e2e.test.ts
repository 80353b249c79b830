import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createLog } from '../../src/log.ts'
import { createFetch } from '../../src/wavespeed/fetch.ts'
import { createTestApp } from '../support/app.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const key = 'wsk_live-4f9Ac0ffee77'
const encoded = [...key].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('')

/** A gateway whose vendor quotes the key, and the callback's token once it was told it, in whatever it answers. */
async function start(operation: 'result' | 'submit') {
  const clock = createFakeClock()
  const wire = createFetch()
  let token = 'none yet'
  const lines: string[] = []
  const app = await createTestApp({
    sandbox: { apiKey: key, taskSeconds: 20 },
    env: { WAVESPEED_API_KEY: key, WAVESPEED_POLL_SECONDS: '5', PUBLIC_URL: 'http://127.0.0.1:9' },
    overrides: {
      clock,
      log: createLog('trace', { write: (line) => void lines.push(line) }),
      async fetch(request, options) {
        token = new URL(request.url).searchParams.get('webhook')?.split('/').at(-1) ?? token
        const answer = await wire.fetch(request, options)
        const isAsked = { result: /\/result$/, submit: /v2v/ }[operation]
        if (!isAsked.test(new URL(request.url).pathname)) return answer
        const quoted = `${key} ${encoded} ${Buffer.from(key).toString('base64')} ${token}`
        const body = (await answer.json()) as { data: Record<string, unknown> }
        const spoiled = {
          ...body.data,
          error: quoted,
          outputs: [`https://example.com/a.mp4?key=${key}&token=${token}`],
          ...(operation === 'submit' && { status: `accepted: ${quoted}` }),
        }
        const text = JSON.stringify({ ...body, message: quoted, data: spoiled })
        // The same text as JSON may write it.
        return new Response(text.replaceAll('wsk_', '\\u0077\\u0073\\u006b\\u005f'), {
          status: answer.status,
        })
      },
    },
  })
  onTestFinished(async () => {
    await app.close()
    await wire.close()
  })
  return { app, clock, lines, token: () => token }
}

describe('a vendor that quotes the key and the token of the callback', () => {
  it.each([
    ['result', 'a fox'],
    ['result', '[sandbox:fail=1402]'],
    ['submit', 'a fox'],
  ] as const)(
    'in answers to %s does not make them known to clients, logs or the history',
    async (operation, prompt) => {
      const { app, clock, lines, token } = await start(operation)
      const id = await app.create(prompt)
      await clock.until(async () => (await app.job(id)).predictionId !== null, 10)
      const { vendorStatus } = await app.job(id)
      await clock.until(async () => ['COMPLETED', 'FAILED'].includes(await app.state(id)))
      const { error, outputs, timeline } = await app.job(id)
      const answer = JSON.stringify({ vendorStatus, error, outputs, timeline })
      expect(answer, 'what was quoted').toContain('[key]')
      await app.restart() // Whatever is in the log of SQLite is in its file then.
      const file = readFileSync(join(app.folder, 'jobs.db'))
      const bare = Buffer.from(key).toString('base64').slice(2, -4)
      for (const [place, text] of Object.entries({
        answer,
        log: lines.join(''),
        history: file.toString('latin1'),
      })) {
        for (const secret of [key, encoded, bare])
          expect(text.includes(secret), `${place}: ${secret}`).toBe(false)
      }
      expect(token().length).toBeGreaterThan(20)
      expect(answer).not.toContain(token())
      expect(lines.join('')).not.toContain(token())
    },
  )

  it('refusing a submission with them does not make them known', async () => {
    const { app, clock, token } = await start('submit')
    app.sandbox.faults.add({ kind: 'server-error', status: 422, on: 'submit' })
    const id = await app.create()
    await clock.until(() => app.isIn(id, 'FAILED'))
    const told = JSON.stringify(await app.job(id))
    expect(told).toContain('[key]')
    expect(told).not.toContain(key)
    expect(told).not.toContain(token())
  })
})

describe('the token of a callback', () => {
  it('is one for the life of a job, however often it is sent', async () => {
    const clock = createFakeClock()
    const app = await createTestApp({
      overrides: { clock },
      env: { PUBLIC_URL: 'http://127.0.0.1:9' },
      sandbox: { taskSeconds: 20 },
    })
    onTestFinished(() => app.close())
    app.sandbox.faults.add({ kind: 'rate-limited', retryAfter: 5, on: 'submit', times: 3 })
    const id = await app.create()
    await clock.until(() => app.isIn(id, 'COMPLETED'))
    const asked = app.sandbox.ledger
      .submits()
      .map(({ path }) => new URL(path, 'http://x').searchParams.get('webhook'))
    expect(asked).toHaveLength(4)
    expect(asked[0]).toMatch(/^http:\/\/127\.0\.0\.1:9\/.*[\w-]{20,}$/)
    expect(new Set(asked).size).toBe(1)
  })
})
