import { describe, expect, it } from 'vitest'
import type { HoldScope } from '../../src/jobs/vendor.ts'
import type { Hold } from '../../src/worker/holds.ts'
import { createPauseLines } from '../../src/worker/pause-lines.ts'
import { createLogLines } from '../support/log-lines.ts'

const holdOf = (scope: HoldScope): Hold => ({
  scope,
  model: scope === 'model' ? 'm' : null,
  error: { code: 'ACCOUNT_REFUSED', message: 'HTTP 403' },
  since: 1,
  until: 2,
})

describe('submissions that stop', () => {
  it.each([
    ['key', 'WAVESPEED_API_KEY'],
    ['account', 'credits'],
    ['address', 'WAVESPEED_BASE_URL'],
    ['model', 'the model'],
  ] as const)('for the %s are an error that says what to look at', (scope, remedy) => {
    const { log, lines } = createLogLines()
    const { model } = holdOf(scope)
    createPauseLines(log).hold(holdOf(scope), false)
    expect(lines).toEqual([
      { level: 50, scope, model, reason: 'HTTP 403', msg: expect.stringContaining(remedy) },
    ])
  })

  it('for a while are a warning', () => {
    const { log, lines } = createLogLines()
    createPauseLines(log).pause({ reason: 'rate', message: 'HTTP 429', since: 1 }, false)
    expect(lines).toEqual([{ level: 40, reason: 'rate', message: 'HTTP 429', msg: 'submissions pause' }])
  })

  it('go on with a line of their own', () => {
    const { log, lines } = createLogLines()
    const { hold, pause } = createPauseLines(log)
    hold(holdOf('model'), true)
    pause({ reason: 'rate', message: 'HTTP 429', since: 1 }, true)
    expect(lines).toEqual([
      { level: 30, scope: 'model', model: 'm', msg: 'submissions go on' },
      { level: 30, reason: 'rate', msg: 'submissions go on' },
    ])
  })
})
