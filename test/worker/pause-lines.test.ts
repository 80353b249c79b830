import { describe, expect, it } from 'vitest'
import { createPauseLines } from '../../src/worker/pause-lines.ts'
import { holdOf } from '../support/holds.ts'
import { createLogLines } from '../support/log-lines.ts'

describe('submissions that stop', () => {
  it.each([
    ['key', 'WAVESPEED_API_KEY'],
    ['account', 'credits'],
    ['address', 'WAVESPEED_BASE_URL'],
    ['model', 'the model'],
  ] as const)('for the %s are an error that says what to look at', (scope, remedy) => {
    const { log, lines } = createLogLines()
    const model = scope === 'model' ? 'm' : null
    createPauseLines(log).hold(holdOf(scope), false)
    expect(lines).toEqual([
      { level: 50, scope, model, reason: 'HTTP 403', msg: expect.stringContaining(remedy) },
    ])
  })

  it('for a while are a warning', () => {
    const { log, lines } = createLogLines()
    const { hold, pause } = createPauseLines(log)
    pause({ reason: 'unreachable', message: 'refused', since: 1 }, false)
    hold(holdOf('rate', { message: 'HTTP 429' }), false)
    expect(lines).toEqual([
      { level: 40, reason: 'unreachable', message: 'refused', msg: 'submissions pause' },
      { level: 40, reason: 'rate', message: 'HTTP 429', msg: 'submissions pause' },
    ])
  })

  it('go on with a line of their own', () => {
    const { log, lines } = createLogLines()
    const { hold, pause } = createPauseLines(log)
    hold(holdOf('model'), true)
    hold(holdOf('rate'), true)
    pause({ reason: 'unreachable', message: 'refused', since: 1 }, true)
    expect(lines).toEqual([
      { level: 30, scope: 'model', model: 'm', msg: 'submissions go on' },
      { level: 30, reason: 'rate', msg: 'submissions go on' },
      { level: 30, reason: 'unreachable', msg: 'submissions go on' },
    ])
  })
})
