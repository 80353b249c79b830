import { expect, it } from 'vitest'
import { createChecks } from '../../src/app/readiness.ts'
import { HistoryUnavailableError } from '../../src/jobs/history-error.ts'

it('what does not answer counts as not ready, holds up nothing else, and is not asked a second time meanwhile', async () => {
  const askAll = createChecks()
  let asked = 0
  let answer: () => void = () => {}
  const hangs = () => {
    asked += 1
    return new Promise<{ ok: true }>((resolve) => {
      answer = () => resolve({ ok: true })
    })
  }
  const all = { database: hangs, archive: () => new Promise<never>(() => {}), vendor: () => ({ ok: true }) }
  const [first, second] = await Promise.all([askAll(all), askAll(all)])
  expect(first).toEqual({
    database: { ok: false, detail: 'It does not answer within 2 seconds.' },
    archive: { ok: false, detail: 'It does not answer within 2 seconds.' },
    vendor: { ok: true },
  })
  expect(second).toEqual(first)
  expect(asked).toBe(1)
  answer()
  await new Promise((resolve) => setImmediate(resolve))
  const next = askAll({ database: hangs })
  await new Promise((resolve) => setImmediate(resolve))
  answer()
  expect(await next).toEqual({ database: { ok: true } })
  expect(asked).toBe(2)
})

it('a history that is not available is told in its own words; any other fault is thrown', async () => {
  const askAll = createChecks()
  const unavailable = () => Promise.reject(new HistoryUnavailableError('full'))
  expect(await askAll({ database: unavailable })).toEqual({
    database: { ok: false, detail: expect.stringMatching(/its disk is full/) },
  })
  await expect(askAll({ vendor: () => Promise.reject(new Error('a bug')) })).rejects.toThrow('a bug')
})
