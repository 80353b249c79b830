import { lookup } from 'node:dns/promises'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { hostname } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { createDownloads } from '../src/archive/download.ts'
import { systemClock } from '../src/jobs/clock.ts'
import { createVendorClient } from '../src/wavespeed/client.ts'
import { networkFault } from '../src/wavespeed/error.ts'
import { createFetch } from '../src/wavespeed/fetch.ts'
import { createRedactor } from '../src/wavespeed/redact.ts'
import { createVendor } from '../src/wavespeed/vendor.ts'
import { type ConnectProxy, startConnectProxy } from './support/connect-proxy.ts'
import { type FileHost, startFileHost, video } from './support/file-host.ts'
import { sampleJob } from './support/job.ts'

const portOf = (url: string) => Number(new URL(url).port)

describe('the vendor behind a proxy', () => {
  let sandbox: Sandbox
  let proxy: ConnectProxy
  let wire: ReturnType<typeof createFetch>
  beforeEach(async () => {
    sandbox = await startSandbox()
    proxy = await startConnectProxy(() => sandbox.port)
  })
  afterEach(async () => {
    await wire.close()
    await proxy.close()
    await sandbox.close()
  })
  function start(settings: { http?: string; none?: string } = {}, connectTimeoutMs = 30_000) {
    wire = createFetch({
      connectTimeoutMs,
      proxy: { http: proxy.url, https: '', none: '', ...settings },
    })
    const client = createVendorClient({
      baseUrl: 'http://vendor.test:8080',
      apiKey: 'sandbox',
      clock: systemClock,
      fetch: wire.fetch,
    })
    const vendor = createVendor({ client, clock: systemClock, redactor: createRedactor() })
    return { ...vendor, balance: client.balance }
  }
  const job = sampleJob()
  const submit = (connectTimeoutMs?: number) => start({}, connectTimeoutMs).submit(job, null)

  it('is asked through a tunnel, and each POST through one of its own', async () => {
    const vendor = start()
    for (const _ of [1, 2, 3]) expect(await vendor.balance()).toBeGreaterThan(0)
    const before = proxy.asked.length
    expect(before).toBeLessThan(3) // polls share a tunnel
    expect(new Set(proxy.asked.map(({ path }) => path))).toEqual(new Set(['vendor.test:8080']))
    for (const _ of [1, 2]) expect(await vendor.submit(job, null)).toMatchObject({ kind: 'accepted' })
    expect(proxy.asked).toHaveLength(before + 2)
    expect(proxy.others()).toBe(0)
    expect(sandbox.ledger.submits()).toHaveLength(2)
  })

  it('gives the proxy what it asks for, and not the key', async () => {
    const { host } = new URL(proxy.url)
    expect(await start({ http: `http://me:hunt%65r2@${host}` }).balance()).toBeGreaterThan(0)
    expect(proxy.asked).toEqual([
      { path: 'vendor.test:8080', authorization: `Basic ${Buffer.from('me:hunter2').toString('base64')}` },
    ])
  })

  it.each(['refuse', 'hang', 'break'] as const)('that makes no tunnel (%s) was sent nothing', async (how) => {
    proxy.behave(how)
    expect(await submit(how === 'hang' ? 1_000 : undefined)).toMatchObject({
      kind: 'deferred',
      reason: 'unreachable',
      message: expect.stringMatching(/the proxy|no connection within 1 s/),
    })
    expect(sandbox.ledger.submits()).toEqual([])
  })

  it('that is not there itself was sent nothing', async () => {
    const vendor = start({ http: 'http://127.0.0.1:1' })
    expect(await vendor.submit(job, null)).toMatchObject({
      kind: 'deferred',
      reason: 'unreachable',
    })
  })

  it('whose answer is lost within the tunnel may have been sent it', async () => {
    sandbox.faults.add({ kind: 'cut-after', on: 'submit', times: 1 })
    expect(await submit()).toMatchObject({ kind: 'unknown' })
    expect(sandbox.ledger.submits()).toHaveLength(1)
  })

  it('is asked directly where NO_PROXY names it, and on this machine always', async () => {
    for (const none of ['vendor.test', '.test', '*', 'other, vendor.test:8080']) {
      // The name leads nowhere without the proxy.
      expect(await start({ none }).submit(job, null)).toMatchObject({ kind: 'deferred' })
    }
    wire = createFetch({ proxy: { http: proxy.url, https: proxy.url, none: '' } })
    const headers = { authorization: 'Bearer sandbox' }
    const answer = await wire.fetch(new Request(`${sandbox.url}/api/v3/balance`, { headers }))
    expect(answer.status).toBe(200)
    expect(proxy.asked).toEqual([])
  })

  it('is reached by https through HTTPS_PROXY, and what no certificate proves was sent nothing', async () => {
    const plain = createTcpServer((socket) => socket.on('error', () => {}).end('no TLS here'))
    await new Promise<void>((done) => plain.listen(0, '127.0.0.1', done))
    const own = await startConnectProxy(() => (plain.address() as AddressInfo).port)
    wire = createFetch({ proxy: { http: '', https: own.url, none: '' } })
    const failure = await wire
      .fetch(new Request('https://vendor.test/', { method: 'POST' }))
      .catch((error: unknown) => error)
    expect(networkFault(failure).fault).toBe('not-sent')
    expect(own.asked.map(({ path }) => path)).toEqual(['vendor.test:443'])
    await own.close()
    plain.close()
  })
})

describe('a download behind a proxy', () => {
  let host: FileHost
  let proxy: ConnectProxy
  beforeEach(async () => {
    host = await startFileHost()
    host.answer(video(Buffer.from('bytes')))
    proxy = await startConnectProxy(() => portOf(host.url))
  })
  afterEach(async () => {
    await proxy.close()
    await host.close()
  })
  async function fetch(url: string, mayBePrivate = () => false) {
    const settings = { http: proxy.url, https: proxy.url, none: '' }
    const downloads = createDownloads({ connectTimeoutMs: 300, proxy: settings, mayBePrivate })
    const fetched = await downloads.fetch(url, new AbortController().signal)
    let text = ''
    if (fetched.kind === 'file')
      for await (const chunk of fetched.file.body) text += Buffer.from(chunk).toString()
    await downloads.close()
    return fetched.kind === 'file' ? text : fetched
  }

  it('names to the proxy the address that was judged, and to the host its name', async () => {
    const { address } = await lookup(hostname(), { family: 4 })
    expect(await fetch(`http://${hostname()}:8080/a.mp4`, () => true)).toBe('bytes')
    expect(proxy.asked.map(({ path }) => path)).toEqual([`${address}:8080`])
    expect(host.requests[0]?.headers.host).toBe(`${hostname()}:8080`)
  })

  it('of a name that leads into this network is refused before the proxy is asked', async () => {
    expect(await fetch(`http://${hostname()}:8080/a.mp4`)).toEqual({
      kind: 'failed',
      lasting: true,
      message: 'its address is not one of the internet.',
    })
    expect(await fetch('http://169.254.169.254/a.mp4')).toMatchObject({ kind: 'failed', lasting: true })
    expect(proxy.asked).toEqual([])
  })

  it('that the proxy refuses says so, and is tried again', async () => {
    proxy.behave('refuse')
    expect(await fetch('http://8.8.8.8/a.mp4')).toEqual({
      kind: 'failed',
      lasting: false,
      message: 'the proxy answers HTTP 403 and makes no connection.',
    })
    expect(proxy.asked.map(({ path }) => path)).toEqual(['8.8.8.8:80'])
  })
})
