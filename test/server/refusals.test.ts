import { describe, expect, it } from 'vitest'
import { createRefusalLog } from '../../src/server/refusals.ts'
import { createLogLines } from '../support/log-lines.ts'

const refusal = (code = 'ORIGIN_NOT_ALLOWED', message = 'Not from there.') =>
  ({ allowed: false, code, message }) as const

describe('whom the gate refuses', () => {
  it('is named once as an error, and then for debugging only', () => {
    const { log, lines } = createLogLines('debug')
    const refuse = createRefusalLog(log)
    const caller = { origin: 'https://evil.example.com', host: 'localhost' }
    refuse(refusal(), caller, { requestId: '1' })
    refuse(refusal(), caller, { requestId: '2' })
    expect(lines).toEqual([
      { level: 50, requestId: '1', ...caller, code: 'ORIGIN_NOT_ALLOWED', msg: 'Not from there.' },
      { level: 20, requestId: '2', ...caller, msg: 'ORIGIN_NOT_ALLOWED' },
    ])
  })

  it('is told apart by the name that it called, or by its page, as it was refused for one or the other', () => {
    const { log, lines } = createLogLines()
    const refuse = createRefusalLog(log)
    refuse(refusal('ORIGIN_NOT_ALLOWED'), { origin: 'https://a.example.com', host: 'x' }, {})
    refuse(refusal('ORIGIN_NOT_ALLOWED'), { origin: 'https://a.example.com', host: 'y' }, {})
    refuse(refusal('ORIGIN_NOT_ALLOWED'), { origin: 'https://b.example.com', host: 'x' }, {})
    refuse(refusal('HOST_NOT_ALLOWED'), { origin: 'https://a.example.com', host: 'x' }, {})
    refuse(refusal('HOST_NOT_ALLOWED'), { origin: 'https://b.example.com', host: 'x' }, {})
    refuse(refusal('HOST_NOT_ALLOWED'), { origin: 'https://a.example.com', host: 'y' }, {})
    expect(lines.map(({ origin, host }) => `${origin} ${host}`)).toEqual([
      'https://a.example.com x',
      'https://b.example.com x',
      'https://a.example.com x',
      'https://a.example.com y',
    ])
  })

  it('is one of a hundred that are named, and the last one says so', () => {
    const { log, lines } = createLogLines()
    const refuse = createRefusalLog(log)
    for (let index = 0; index < 110; index += 1) refuse(refusal(), { origin: `https://${index}.example` }, {})
    expect(lines).toHaveLength(100)
    expect(lines.filter(({ msg }) => String(msg).includes('silence'))).toEqual([lines[99]])
  })

  it('fills no line: what it says of itself is cut, and the message as well', () => {
    const { log, lines } = createLogLines()
    const long = 'x'.repeat(1_000)
    createRefusalLog(log)(refusal('ORIGIN_NOT_ALLOWED', long), { origin: long, host: long }, {})
    const [{ origin, host, msg } = {}] = lines
    expect([origin, host, msg].map((text) => String(text).length)).toEqual([200, 200, 400])
  })

  it('may say nothing of itself', () => {
    const { log, lines } = createLogLines()
    createRefusalLog(log)(refusal(), {}, {})
    expect(lines).toEqual([{ level: 50, code: 'ORIGIN_NOT_ALLOWED', msg: 'Not from there.' }])
  })
})
