import type { LedgerEntry } from '../../sandbox/ledger.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { createFetch, type VendorFetch } from '../../src/wavespeed/fetch.ts'
import type { FakeClock } from './fake-clock.ts'

/** From a request to its answer by the fake clock, as long as a gateway waits by real time. */
const limitMs = 30_000 // 30 seconds

export interface ClockedWire {
  readonly fetch: VendorFetch
  /** Tells whose answers may be held back; until then none is. */
  watch(sandbox: Pick<Sandbox, 'ledger'>): void
  close(): Promise<void>
}

/**
 * Exchanges with a sandbox on the same clock. Time stands still while one is under way, however long the machine takes,
 * unless the sandbox holds the answer back: that waits for the clock itself.
 *
 * @param isLimited whether a request is broken off after 30 seconds of the clock
 */
export function createClockedWire(clock: FakeClock, isLimited = true): ClockedWire {
  const wire = createFetch({ timeoutMs: 100_000 }) // a bound for hangs of the test itself
  let ledger: Sandbox['ledger'] | null = null
  /** Requests that were broken off: the ledger calls them hung for ever. */
  const over = new Set<LedgerEntry>()

  function heldBack({ method, url }: Request): LedgerEntry[] {
    const { pathname, search } = new URL(url)
    const path = pathname + search
    const asked = ledger?.requests() ?? []
    return asked.filter((entry) => entry.method === method && entry.path === path && isHeldBack(entry))
  }
  function isHeldBack(entry: LedgerEntry): boolean {
    if (entry.status === 'hung') return !over.has(entry)
    return entry.status === 'open' && entry.faults?.includes('slow') === true
  }

  async function exchange(...[request, options]: Parameters<VendorFetch>): Promise<Response> {
    if (!isLimited) return wire.fetch(request, options)
    const limit = new AbortController()
    const cancel = clock.after(limitMs, () => {
      for (const entry of heldBack(request)) over.add(entry)
      limit.abort(Object.assign(new Error('no complete answer in time'), { code: 'TIMEOUT' }))
    })
    const signal = AbortSignal.any([request.signal, limit.signal])
    return wire.fetch(new Request(request, { signal }), options).finally(cancel)
  }

  return {
    fetch: (request, options) => clock.during(exchange(request, options), () => heldBack(request).length > 0),
    watch(sandbox) {
      ledger = sandbox.ledger
    },
    close: wire.close,
  }
}
