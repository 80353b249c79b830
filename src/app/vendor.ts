import type { Config } from '../config.ts'
import type { SteadyClock } from '../jobs/clock.ts'
import { type Logger, onceEach } from '../log.ts'
import { createVendorClient, type VendorClient } from '../wavespeed/client.ts'
import type { VendorFetch } from '../wavespeed/fetch.ts'
import { createVendorHealth, type HealthOptions } from '../wavespeed/health/health.ts'
import { createRedactor } from '../wavespeed/redact.ts'
import { createVendorTime } from '../wavespeed/vendor-time.ts'

export interface VendorOptions {
  readonly config: Pick<Config, 'vendor'>
  /** The way to the vendor: one exchange, without another try. */
  readonly fetch: VendorFetch
  readonly clock: SteadyClock
  readonly log: Logger
}

/** The client of the vendor, with what watches every exchange. */
export function openVendor(
  { config, fetch, clock, log }: VendorOptions,
  given: Pick<HealthOptions, 'pauseMs' | 'random' | 'onPause' | 'onAnswer' | 'onRecovered'>,
) {
  const { baseUrl, apiKey } = config.vendor
  const redactor = createRedactor()
  const vendorTime = createVendorTime(clock)
  const health = createVendorHealth({ baseUrl, clock, log, ask: () => client.balance(), ...given })
  const client: VendorClient = createVendorClient({
    baseUrl,
    apiKey,
    clock,
    vendorTime,
    redactor,
    onExchange(exchange) {
      if (exchange.headers && exchange.error === null) vendorTime.see(exchange.headers, exchange.askedAt)
      health.see(exchange)
    },
    onOddity: onceEach((form) =>
      log.warn({ form }, "a member of the vendor's answers has a form that cannot be read"),
    ),
    fetch,
  })
  return { client, redactor, health, vendorTime }
}
