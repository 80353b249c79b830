import { describe, expect, it } from 'vitest'
import { sandboxHeader } from '../../../src/wavespeed/client.ts'
import { VendorError } from '../../../src/wavespeed/error.ts'
import { createStatus, isOfVendor } from '../../../src/wavespeed/health/status.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { createLogLines } from '../../support/log-lines.ts'

function start() {
  const clock = createFakeClock()
  const { log, lines } = createLogLines()
  const health = createStatus({ baseUrl: 'https://vendor.example.com', clock, log })
  /** An exchange that ended in `error`, or well. */
  const see = (error: VendorError | null = null, headers: Record<string, string> | null = {}) =>
    health.see({ headers: headers && new Headers(headers), error })
  const said = () => lines.map(({ msg }) => msg)
  return { clock, health, lines, said, see, from: clock.now() }
}

const lost = new VendorError('interrupted', 'socket hang up')
const statusOf = (status: number, isVendors = true) =>
  new VendorError('status', `HTTP ${status}`, { status, isVendors })

describe('an answer to the question for the balance', () => {
  it.each([
    ['no answer', lost, true],
    ['a fault of the server', statusOf(500, false), true],
    ['a gateway without the vendor behind it', statusOf(502, false), true],
    ['too many requests', statusOf(429, false), true],
    ['a refused key', statusOf(401, false), true],
    ["the vendor's own refusal", statusOf(403), true],
    ['the refusal of somebody else', statusOf(403, false), false],
    ['no such path, as the vendor would say it', statusOf(404), false],
    ['no such path', statusOf(404, false), false],
    ['a redirect', statusOf(302, false), false],
    ['a page', new VendorError('not-json', 'HTML', { status: 200 }), false],
  ])('that is %s is the vendor: %#', (_name, error, isVendors) => {
    expect(isOfVendor(error)).toBe(isVendors)
  })
})

describe('what is known of the vendor', () => {
  it('is nothing until it was asked', () => {
    const { health, from, said } = start()
    expect(health.status).toEqual({ state: 'UNKNOWN', message: 'It was not asked yet.', since: from })
    expect(health.sandbox).toBe(false)
    expect(said()).toEqual([])
  })

  it('is that it answers, since it first did, without a line in the log', async () => {
    const { clock, health, said, see, from } = start()
    await clock.advance(1_000)
    see()
    await clock.advance(1_000)
    see()
    expect(health.status).toEqual({ state: 'OK', message: 'It answers.', since: from + 1_000 })
    expect(said()).toEqual([])
  })

  it.each([
    ['no answer', lost],
    ['a fault of the server', statusOf(500)],
  ])('turns to unreachable with the third failure in a row (%s), not before', (_name, error) => {
    const { health, said, see } = start()
    see()
    see(error)
    see(error)
    expect(health.status.state).toBe('OK')
    see()
    see(error)
    see(error)
    expect(health.status.state).toBe('OK')
    see(error)
    expect(health.status).toMatchObject({ state: 'UNREACHABLE', message: error.message })
    see()
    expect(health.status.state).toBe('OK')
    expect(said()).toEqual(['the vendor does not answer as it should', 'the vendor answers again'])
  })

  it('is open until the third failure, where nothing was ever answered', () => {
    const { health, lines, see } = start()
    see(lost)
    see(lost)
    expect(health.status.state).toBe('UNKNOWN')
    see(lost)
    expect(health.status.state).toBe('UNREACHABLE')
    expect(lines).toMatchObject([{ level: 40, reason: 'socket hang up' }])
  })

  it('counts an answer that refuses as one that came', () => {
    const { health, see } = start()
    for (const error of [lost, lost, statusOf(404), lost, lost]) see(error)
    expect(health.status.state).toBe('OK')
  })

  it('keeps the newest words of the same state, and its beginning', async () => {
    const { clock, health, see, from } = start()
    for (let count = 0; count < 3; count += 1) see(lost)
    await clock.advance(1_000)
    see(new VendorError('interrupted', 'timeout'))
    expect(health.status).toEqual({ state: 'UNREACHABLE', message: 'timeout', since: from })
  })

  it('is that it refuses the key, until an exchange goes well: its other refusals do not say so', () => {
    const { health, lines, see } = start()
    see(statusOf(401))
    see(statusOf(400))
    expect(health.status).toMatchObject({
      state: 'KEY_REFUSED',
      message: 'The vendor refuses the key. HTTP 401',
    })
    expect(lines).toMatchObject([
      { level: 50, reason: health.status.message, msg: expect.stringContaining('WAVESPEED_API_KEY') },
    ])
    see()
    expect(health.status.state).toBe('OK')
  })

  it('is not learned from the refusal of somebody else', () => {
    const { health, see } = start()
    see(statusOf(403, false))
    expect(health.status.state).toBe('UNKNOWN')
    see(statusOf(403))
    expect(health.status.state).toBe('OK')
  })

  it('is that something else answers, until a question for the balance is answered', () => {
    const { health, lines, see } = start()
    health.probed(statusOf(404, false))
    expect(health.status).toMatchObject({
      state: 'NOT_THE_VENDOR',
      message: 'The question for the balance is answered as no vendor would. HTTP 404',
    })
    see()
    see(statusOf(401))
    expect(health.status.state).toBe('NOT_THE_VENDOR')
    health.probed(null)
    expect(health.status).toMatchObject({ state: 'OK', message: 'It answers.' })
    expect(lines).toMatchObject([
      {
        level: 50,
        baseUrl: 'https://vendor.example.com',
        reason: expect.stringContaining('HTTP 404'),
        msg: expect.stringContaining('WAVESPEED_BASE_URL'),
      },
      { level: 30, msg: 'the vendor answers again' },
    ])
  })

  it.each([
    ['no answer', lost, 'UNREACHABLE'],
    ['a fault of the server', statusOf(500, false), 'UNREACHABLE'],
    ['too many requests', statusOf(429), 'UNKNOWN'],
    ['a refused key, of which the exchange itself tells', statusOf(401), 'UNKNOWN'],
  ] as const)('is what one question for the balance says: %s', (_name, error, state) => {
    const { health } = start()
    health.probed(error)
    expect(health.status.state).toBe(state)
  })

  it('is that it is the sandbox, said once, for as long as its answers say so', () => {
    const { health, said, see } = start()
    const sandbox = { [sandboxHeader]: '1' }
    see(null, sandbox)
    see(null, sandbox)
    expect(health.sandbox).toBe(true)
    see(lost, null)
    expect(health.sandbox).toBe(true)
    see(null)
    expect(health.sandbox).toBe(false)
    see(null, sandbox)
    expect(said()).toEqual([expect.stringContaining('SANDBOX')])
  })
})
