import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { type RetryOptions, retryAfterMs, withRetries } from '../../src/wavespeed/retry.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const now = Date.UTC(2026, 0, 1)

describe('Retry-After', () => {
  it.each([
    ['7', 7_000],
    [' 7 ', 7_000],
    ['0', 0],
    ['2.5', 2_500],
    ['0.0001', 1],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Thursday, 01-Jan-26 00:00:30 GMT', 30_000],
    ['Thu Jan  1 00:00:30 2026', 30_000], // the third form, which names no zone and means the same
    ['Thu, 01 Jan 2020 00:00:00 GMT', 0],
    ['Thu, 01 Jan 2026 0:00:30 GMT', null],
    ['Thu, 01 Jan 2026 00:00:3 GMT', null],
    ['Thu, 01 Jan 2026 00:00:30 GMT+0200', 30_000], // HTTP knows no other zone
    ['next Thu, 01 Jan 2026 00:00:30 GMT', null],
    ['2026-01-01 Thu 00:00:30 GMT', null],
    ['-5', null],
    ['2.5s', null],
    ['1e3', null],
    ['12/25', null],
    ['2026-01-01', null],
    ['soon', null],
    ['', null],
  ])('%j is %j milliseconds', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms)
  })
})

/** A vendor that answers with these statuses in turn (0: not at all), and when it was asked. */
function start(
  statuses: readonly number[],
  { retryAfter, ...options }: Partial<RetryOptions> & { retryAfter?: string } = {},
) {
  const clock = createFakeClock()
  const begun = clock.now()
  const askedAt: number[] = []
  const fetch = withRetries(
    async () => {
      const status = statuses[askedAt.length] ?? 0
      askedAt.push(clock.now() - begun)
      if (status === 0) throw new Error(`failure ${askedAt.length}`)
      return new Response(null, { status, headers: retryAfter ? { 'retry-after': retryAfter } : {} })
    },
    { clock, random: () => 0.5, ...options },
  )
  const send = (init?: RequestInit) =>
    fetch(new Request('https://vendor.example.com/', init)).then(
      ({ status }) => status,
      (error: Error) => error.message,
    )
  return { clock, askedAt, send }
}

describe('a GET', () => {
  it.each([429, 500, 503, 0])('is sent again after %j, with pauses that double', async (status) => {
    const { clock, askedAt, send } = start([status, status, 200])
    const sent = send()
    await clock.advance(60_000)
    expect(await sent).toBe(200)
    expect(askedAt).toEqual([0, 500, 1_500])
  })

  it.each([200, 204, 301, 400, 401, 404, 428, 499])('is not sent again after %j', async (status) => {
    const { clock, askedAt, send } = start([status])
    const sent = send()
    await clock.advance(60_000)
    expect(await sent).toBe(status)
    expect(askedAt).toEqual([0])
  })

  it('is given up after three tries, with the last answer', async () => {
    const { clock, askedAt, send } = start([500, 502, 503, 200])
    const sent = send()
    await clock.advance(60_000)
    expect(await sent).toBe(503)
    expect(askedAt).toHaveLength(3)
  })

  it('is given up after three tries, with the last failure', async () => {
    const { clock, askedAt, send } = start([0, 0, 0, 200])
    const sent = send()
    await clock.advance(60_000)
    expect(await sent).toBe('failure 3')
    expect(askedAt).toHaveLength(3)
  })

  it('is tried as often, and first pauses as long, as it is told', async () => {
    const { clock, askedAt, send } = start([500, 500, 500, 500, 200], { tries: 4, firstPauseMs: 1_000 })
    const sent = send()
    await clock.advance(60_000)
    expect(await sent).toBe(500)
    expect(askedAt).toEqual([0, 1_000, 3_000, 7_000])
  })

  it('does not pause where it is to pause for no time and nobody asks for more', async () => {
    const { clock, askedAt, send } = start([500, 200], { firstPauseMs: 0 })
    const sent = send()
    await clock.advance(60_000)
    expect(await sent).toBe(200)
    expect(askedAt).toEqual([0, 0])
  })

  it.each([
    [0, 250],
    [0.999, 749.5],
  ])('pauses from half to one and a half times as long, by chance (%d)', async (chance, ms) => {
    const { clock, askedAt, send } = start([500, 200], { random: () => chance })
    const sent = send()
    await clock.advance(60_000)
    expect(await sent).toBe(200)
    expect(askedAt).toEqual([0, ms])
  })

  it('pauses for as long as it is asked to, if that is longer than its own pause', async () => {
    const asked = start([429, 200], { retryAfter: '10' })
    const sent = asked.send()
    await asked.clock.advance(60_000)
    expect(await sent).toBe(200)
    expect(asked.askedAt).toEqual([0, 10_000])

    const hurried = start([429, 200], { retryAfter: '0' })
    const again = hurried.send()
    await hurried.clock.advance(60_000)
    expect(await again).toBe(200)
    expect(hurried.askedAt).toEqual([0, 500])
  })

  it('is left to the next poll where it is asked to pause for longer than ten seconds', async () => {
    const { askedAt, send } = start([429, 200], { retryAfter: '11' })
    expect(await send()).toBe(429)
    expect(askedAt).toEqual([0])
  })

  it('is not sent again by a client that stops, whose pause ends at once', async () => {
    const stop = new AbortController()
    const { clock, askedAt, send } = start([500, 502, 200], { stop: stop.signal })
    const sent = send()
    await clock.advance(100)
    stop.abort()
    expect(await sent).toBe(500)
    expect(askedAt).toEqual([0])
    expect(clock.pending).toBe(0)
  })

  it('leaves nothing that waits for the stop of the client behind', async () => {
    const stop = new AbortController()
    const { clock, send } = start([500, 200], { stop: stop.signal })
    const sent = send()
    await clock.advance(60_000)
    expect(await sent).toBe(200)
    expect(getEventListeners(stop.signal, 'abort')).toEqual([])
  })

  it('that was called off is not sent again', async () => {
    const { askedAt, send } = start([500, 200])
    expect(await send({ signal: AbortSignal.abort() })).toBe(500)
    expect(askedAt).toEqual([0])
  })
})

describe.each(['POST', 'DELETE'])('a %s', (method) => {
  it.each([
    [500, 500],
    [429, 429],
    [0, 'failure 1'],
  ])('is never sent twice, whatever comes of it (%j)', async (status, outcome) => {
    const { clock, askedAt, send } = start([status, 200])
    const sent = send({ method })
    await clock.advance(60_000)
    expect(await sent).toBe(outcome)
    expect(askedAt).toEqual([0])
  })
})

it('hands on what a POST has to do before it is sent', async () => {
  const given: unknown[] = []
  const fetch = withRetries(
    async (_request, options) => {
      given.push(options)
      return new Response()
    },
    { clock: createFakeClock(), random: () => 0.5 },
  )
  const options = { beforeSend() {} }
  await fetch(new Request('https://vendor.example.com/', { method: 'POST' }), options)
  expect(given).toEqual([options])
})
