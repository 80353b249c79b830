import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { systemClock } from '../../src/jobs/clock.ts'
import { createVendorClient, type Exchange } from '../../src/wavespeed/client.ts'
import { createFetch, type FetchOptions } from '../../src/wavespeed/fetch.ts'
import { createRedactor } from '../../src/wavespeed/redact.ts'
import { createVendor } from '../../src/wavespeed/vendor.ts'
import { type ConnectProxy, startConnectProxy } from '../support/connect-proxy.ts'
import { eventually } from '../support/eventually.ts'
import { type Front, type FrontFault, startFront } from '../support/front.ts'
import { sampleJob } from '../support/job.ts'

const deferred = { kind: 'deferred', reason: 'unreachable' }
const unknown = { kind: 'unknown' }
const job = sampleJob()

let sandbox: Sandbox
let front: Front
let wire: ReturnType<typeof createFetch>
let exchanges: Exchange[]
const closings: (() => Promise<void>)[] = []

beforeEach(async () => {
  sandbox = await startSandbox()
  exchanges = []
  // Node reads it with each connection.
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const close of closings.splice(0).reverse()) await close()
  await sandbox.close()
})

/** A vendor behind a front, asked directly unless there is a proxy. */
async function start(secure: boolean, options: FetchOptions = {}, proxied?: ConnectProxy) {
  front = await startFront(sandbox.url, secure)
  closings.push(front.close)
  wire = createFetch({
    connectTimeoutMs: 2_000,
    timeoutMs: 4_000,
    ...options,
    ...(proxied && { proxy: { http: proxied.url, https: proxied.url, none: '' } }),
  })
  closings.push(wire.close)
  const client = createVendorClient({
    // A proxy is not asked for this machine.
    baseUrl: proxied ? `${secure ? 'https' : 'http'}://vendor.test:8080` : front.url,
    apiKey: 'sandbox',
    clock: systemClock,
    fetch: wire.fetch,
    onExchange: (exchange) => void exchanges.push(exchange),
  })
  return createVendor({ client, clock: systemClock, redactor: createRedactor() })
}

async function startProxied(secure: boolean, options: FetchOptions = {}) {
  const proxy = await startConnectProxy(() => front.port)
  closings.push(proxy.close)
  return { proxy, vendor: await start(secure, options, proxy) }
}

describe.each([
  ['directly', false],
  ['through a proxy', true],
])('a POST by https %s', (_way, proxied) => {
  const open = async (options?: FetchOptions) =>
    proxied ? (await startProxied(true, options)).vendor : start(true, options)

  it.each<FrontFault>([
    'stalls and closes',
    'resets',
    'alerts',
    'speaks no TLS',
    'reads the hello and closes',
    'says nothing',
  ])('was not sent to what, before TLS stands, %s', async (fault) => {
    const vendor = await open({ connectTimeoutMs: 1_000 })
    front.behave(fault)
    const beforeSend = vi.fn()
    expect(await vendor.submit(job, null, beforeSend)).toMatchObject(deferred)
    expect(beforeSend).not.toHaveBeenCalled()
    expect(front.requestBytes()).toBe(0)
    expect(front.connections().taken).toBe(1)
  })

  it.each<FrontFault>(['opens and closes', 'opens and resets'])(
    'is called not sent only if nothing was, where the other side %s',
    async (fault) => {
      const vendor = await open()
      front.behave(fault)
      const beforeSend = vi.fn()
      const outcome = await vendor.submit(job, null, beforeSend)
      expect(['deferred', 'unknown']).toContain(outcome.kind)
      if (outcome.kind !== 'unknown') expect(front.requestBytes()).toBe(0)
      expect(beforeSend).toHaveBeenCalledTimes(1)
    },
  )

  it.each<FrontFault>(['reads and closes', 'reads and resets', 'reads and says nothing'])(
    'may have been taken where the other side %s',
    async (fault) => {
      const vendor = await open({ timeoutMs: 1_500 })
      front.behave(fault)
      const beforeSend = vi.fn()
      expect(await vendor.submit(job, null, beforeSend)).toMatchObject(unknown)
      expect(beforeSend).toHaveBeenCalledTimes(1)
      expect(front.requestBytes()).toBeGreaterThan(0)
      expect(front.connections().taken).toBe(1)
    },
  )

  it('is noted once, when TLS stands, and before its first byte', async () => {
    const vendor = await open()
    const seen: object[] = []
    const outcome = await vendor.submit(job, null, async () => {
      await eventually(() => expect(front.standing()).toBe(1))
      await pause(100)
      seen.push({ bytes: front.requestBytes(), submits: sandbox.ledger.submits().length })
    })
    expect(outcome).toMatchObject({ kind: 'accepted' })
    expect(seen).toEqual([{ bytes: 0, submits: 0 }])
    expect(sandbox.ledger.submits()).toHaveLength(1)
  })

  it('is not sent where it cannot be noted, and that is no fault of the vendor', async () => {
    const vendor = await open()
    const failures = [
      () => {
        throw new Error('the disk is full')
      },
      () => Promise.reject(new Error('the disk is full')),
      async () => {
        await pause(100)
        throw new Error('the disk is full')
      },
    ]
    for (const beforeSend of failures) {
      expect(await vendor.submit(job, null, beforeSend)).toEqual({
        kind: 'withheld',
        message: 'the disk is full (Error)',
      })
    }
    expect(exchanges).toEqual([])
    await eventually(() => expect(front.connections()).toEqual({ taken: 3, open: 0 }))
    expect(front.requestBytes()).toBe(0)
  })

  it('takes as long to note as it needs: the limit of a connection is not touched', async () => {
    const vendor = await open({ connectTimeoutMs: 1_000 })
    expect(await vendor.submit(job, null, () => pause(1_500))).toMatchObject({ kind: 'accepted' })
  })

  it('whose note does not come in time is not sent', async () => {
    const vendor = await open({ timeoutMs: 1_000 })
    expect(await vendor.submit(job, null, () => new Promise(() => {}))).toMatchObject({
      ...deferred,
      message: 'no complete answer within 1 s (TIMEOUT)',
    })
    await eventually(() => expect(front.connections().open).toBe(0))
    expect(front.requestBytes()).toBe(0)
  })

  it('is not sent on a connection that the other side closed while it was noted', async () => {
    const vendor = await open()
    const hangUp = async () => {
      await eventually(() => expect(front.standing()).toBe(1))
      front.hangUp()
      await pause(50)
    }
    expect(await vendor.submit(job, null, hangUp)).toMatchObject(deferred)
    const failing = async () => {
      await hangUp()
      throw new Error('the disk is full')
    }
    expect(await vendor.submit(job, null, failing)).toMatchObject({ kind: 'withheld' })
    expect(front.requestBytes()).toBe(0)
    expect(front.connections().taken).toBe(2)
  })

  it('that is broken off while it connects, or is noted, was not sent and leaves no connection', async () => {
    const connecting = await open()
    front.behave('says nothing')
    const one = connecting.submit(job, null)
    await eventually(() => expect(front.connections().taken).toBe(1))
    await wire.close()
    expect(await one).toMatchObject({ ...deferred, message: 'the gateway stops (STOPPED)' })
    expect(await connecting.submit(job, null)).toMatchObject(deferred)
    await eventually(() => expect(front.connections()).toEqual({ taken: 1, open: 0 }))

    const noting = await open()
    const other = noting.submit(job, null, () => new Promise(() => {}))
    await eventually(() => expect(front.standing()).toBe(1))
    await wire.close()
    expect(await other).toMatchObject(deferred)
    await eventually(() => expect(front.connections()).toEqual({ taken: 1, open: 0 }))
    expect(front.requestBytes()).toBe(0)
  })

  it('is judged by its own connection, whatever others do at the time', async () => {
    const vendor = await open({ connectTimeoutMs: 3_000 })
    front.behave('stalls and closes')
    const lost = [1, 2, 3, 4].map(() => vendor.submit(job, null))
    await eventually(() => expect(front.connections().taken).toBe(4))
    front.behave('none')
    const taken = [1, 2, 3, 4].map(() => vendor.submit(job, null))
    expect(await Promise.all(lost)).toEqual(lost.map(() => expect.objectContaining(deferred)))
    expect(await Promise.all(taken)).toEqual(taken.map(() => expect.objectContaining({ kind: 'accepted' })))
  })
})

describe.each([
  ['http', false],
  ['https', true],
])('a POST by %s', (_scheme, secure) => {
  it.each(['refuse', 'hang', 'break', 'stall'] as const)(
    'was not sent where the proxy makes no tunnel (%s)',
    async (how) => {
      const { proxy, vendor } = await startProxied(secure, { connectTimeoutMs: 1_000 })
      proxy.behave(how)
      const beforeSend = vi.fn()
      expect(await vendor.submit(job, null, beforeSend)).toMatchObject({
        ...deferred,
        message: expect.stringMatching(/the proxy|no connection/),
      })
      expect(proxy.asked).toHaveLength(1)
      expect(beforeSend).not.toHaveBeenCalled()
      expect(front.connections().taken).toBe(0)
    },
  )

  it('was not sent where nobody listens', async () => {
    const vendor = await start(secure)
    await front.close()
    closings.shift()
    const beforeSend = vi.fn()
    expect(await vendor.submit(job, null, beforeSend)).toMatchObject({
      ...deferred,
      message: expect.stringContaining('ECONNREFUSED'),
    })
    expect(beforeSend).not.toHaveBeenCalled()
  })
})

it('a POST by https was not sent to what no certificate proves', async () => {
  vi.unstubAllEnvs()
  const vendor = await start(true)
  expect(await vendor.submit(job, null)).toMatchObject(deferred)
  expect(front.requestBytes()).toBe(0)
})

it.each<FrontFault>([
  'none',
  'resets',
  'stalls and closes',
  'opens and closes',
  'opens and resets',
  'reads and closes',
  'reads and resets',
])('a POST by http is called not sent only if nothing was, where the other side: %s', async (fault) => {
  const vendor = await start(false)
  front.behave(fault)
  const beforeSend = vi.fn()
  const { kind } = await vendor.submit(job, null, beforeSend)
  expect(kind).toEqual(fault === 'none' ? 'accepted' : expect.stringMatching(/deferred|unknown/))
  if (kind === 'deferred') expect(front.requestBytes()).toBe(0)
  else expect(beforeSend).toHaveBeenCalledTimes(1)
  if (front.requestBytes() === 0) expect(sandbox.ledger.submits()).toEqual([])
  expect(front.connections().taken).toBe(1)
})
