import { outagePause } from '../../../src/jobs/cadence.ts'
import { type Exchange, sandboxHeader } from '../../../src/wavespeed/client.ts'
import { VendorError } from '../../../src/wavespeed/error.ts'
import { createVendorHealth } from '../../../src/wavespeed/health/health.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { createLogLines } from '../../support/log-lines.ts'

export const lost = new VendorError('interrupted', 'socket hang up')
export const unsent = new VendorError('not-sent', 'refused')
export const statusOf = (status: number, details: { retryAfterMs?: number; isVendors?: boolean } = {}) =>
  new VendorError('status', `HTTP ${status}`, { status, isVendors: true, ...details })

/** A vendor that answers the question as `world.balance` says: null for well. */
export function start({ random = 0.5, pollMs = 5_000 } = {}) {
  const clock = createFakeClock()
  const from = clock.now()
  const { log, lines } = createLogLines()
  const world: { balance: unknown; sandbox: boolean } = { balance: null, sandbox: false }
  const asked: number[] = []
  const told: string[] = []
  const health = createVendorHealth({
    baseUrl: 'https://vendor.example.com',
    clock,
    log,
    async ask() {
      asked.push((clock.now() - from) / 1_000)
      const error = world.balance
      if (error !== null && !(error instanceof VendorError)) throw error
      see('balance', error)
      if (error) throw error
    },
    pauseMs: (failures, shortestMs = pollMs) => outagePause(failures, shortestMs),
    random: () => random,
    onPause: ({ reason }, ended) => void told.push(`${reason} ${ended ? 'ends' : 'begins'}`),
    onAnswer: () => void told.push('answer'),
    onRecovered: () => void told.push('recovered'),
  })
  function see(kind: Exchange['kind'], error: VendorError | null = null, times = 1): void {
    const headers = new Headers(world.sandbox ? { [sandboxHeader]: '1' } : {})
    for (let time = 0; time < times; time += 1) health.see({ kind, headers, error })
  }
  return { clock, from, health, world, asked, told, lines, see, said: () => lines.map(({ msg }) => msg) }
}

export const all = { atMost: Number.POSITIVE_INFINITY, until: null }
export const one = { atMost: 1, until: null }
export const none = (until: number | null = null) => ({ atMost: 0, until })
