import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createApi } from './api.ts'
import { createControl } from './control.ts'
import { createFaults, type Faults } from './faults.ts'
import { forgetful, openKeep } from './keep.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { createLimits } from './limits.ts'
import { createMedia } from './media.ts'
import { createTimers, type SandboxOptions, systemClock, tiers } from './options.ts'
import { createListener } from './server.ts'
import { createTasks, retentionMs, type Tasks } from './tasks.ts'
import { createUploads, defaultLargestUpload } from './uploads.ts'
import { createWebhooks, type Webhooks } from './webhooks.ts'

/** A running stand-in for the vendor. */
export interface Sandbox {
  /** Base address without a slash at its end, for `WAVESPEED_BASE_URL`. */
  readonly url: string
  readonly port: number
  /** Every request so far. */
  readonly ledger: Ledger
  /** Faults that are switched on for a while. */
  readonly faults: Faults
  /** The tasks of the account. */
  readonly tasks: Pick<Tasks, 'get' | 'all' | 'show' | 'balance'>
  readonly webhooks: Webhooks
  /** Addresses of clips to start from. */
  readonly clips: { readonly source: string }
  /** Stops at once: no timer, no socket and no file is left. May be called twice. */
  close(): Promise<void>
}

export type { SandboxOptions }

const loopback = new Set(['127.0.0.1', '::1', 'localhost'])

/**
 * Starts a sandbox. Rejects when the port is taken (`code` EADDRINUSE) and when the host is not a loopback address: what
 * answers like the vendor must not be reachable by others.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const host = options.host ?? '127.0.0.1'
  if (!loopback.has(host)) throw new Error(`The sandbox listens on loopback addresses only, not on ${host}`)
  const tier = tiers[options.tier ?? 'ultra']
  const apiKey = options.apiKey ?? 'sandbox'
  const clock = createTimers(options.clock ?? systemClock)
  const now = () => clock.now()
  let url = ''
  const baseUrl = () => url

  const keep = options.folder ? openKeep(options.folder, now() - retentionMs) : forgetful
  const ledger = createLedger()
  const faults = createFaults(clock)
  const limits = createLimits(
    options.videosPerMinute ?? tier.videosPerMinute,
    options.concurrency ?? tier.concurrency,
  )
  const seconds = options.taskSeconds ?? 8
  const tasks = createTasks({ clock, limits, seconds, random: options.random ?? Math.random, baseUrl, keep })
  const webhooks = createWebhooks({ clock, tasks, secret: options.webhookSecret })
  const { largestUpload = defaultLargestUpload } = options
  const uploads = createUploads({ clock, baseUrl, keep, largestUpload })
  const listener = createListener({
    apiKey,
    clock,
    ledger,
    faults,
    api: createApi({ clock, limits, tasks, ledger, overflow: options.overflow ?? 'wait', webhooks }),
    uploads,
    largestUpload,
    media: createMedia({ now, tasks, uploads }),
    control: createControl({ now, ledger, faults, tasks, webhooks, baseUrl, apiKey }),
    onTask: webhooks.schedule,
    log: options.log ?? (() => {}),
  })

  const server = createServer(listener)
  const port = await listen(server, options.port ?? 0, host)
  url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`

  // What ended while nobody was here is told to nobody: the vendor gives a callback up, too.
  for (const task of keep.tasks) if (task.endsAt > now()) webhooks.schedule(task)

  let closing: Promise<void> | undefined
  const close = async () => {
    clock.dispose()
    webhooks.dispose()
    uploads.clear()
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      // Hung requests and idle keep-alive connections would hold the server open for ever.
      server.closeAllConnections()
    })
  }
  return {
    url,
    port,
    ledger,
    faults,
    tasks,
    webhooks,
    clips: { source: `${url}/clips/source.mp4` },
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}
