import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createLog } from '../../src/log.ts'
import { boundConnections } from '../../src/server/bounded-connections.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const minute = 60_000
const [one, other] = ['203.0.113.1', '203.0.113.2']

/** A server whose connections say that they come from these addresses, one after the other; the last for all others. */
async function listen(most: number, from: readonly string[], trustedProxies = 0, ofAll = 1_000) {
  const clock = createFakeClock()
  const lines: Record<string, unknown>[] = []
  const server = createServer((_request, response) => response.end('ok'))
  let index = 0
  server.on('connection', (socket) => {
    Object.defineProperty(socket, 'remoteAddress', { value: from[Math.min(index, from.length - 1)] })
    index += 1
  })
  const log = createLog('info', { write: (line) => void lines.push(JSON.parse(line)) })
  const limits = { connections: ofAll, connectionsPerAddress: most }
  boundConnections(server, { clock, log, limits, trustedProxies })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  /** Opens one, and answers whether it is served; it stays open. */
  const open = () =>
    new Promise<{ served: boolean; leave: () => Promise<void> }>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
      onTestFinished(() => void socket.destroy())
      const left = new Promise<void>((done) => socket.once('close', () => done()))
      const leave = () => {
        socket.destroy()
        return left
      }
      socket.on('error', () => {})
      socket.once('data', () => resolve({ served: true, leave }))
      socket.once('close', () => resolve({ served: false, leave }))
    })
  const openMany = async (count: number) => {
    const opened = []
    for (let made = 0; made < count; made += 1) opened.push(await open())
    return opened
  }
  return { open, openMany, lines, clock }
}

describe('connections', () => {
  it('of one address are bounded, and there is room again when one is closed', async () => {
    const { open, openMany, lines } = await listen(3, [one, one, one, one, one, other, one])
    const opened = await openMany(5)
    expect(opened.map(({ served }) => served)).toEqual([true, true, true, false, false])
    expect((await open()).served).toBe(true)
    expect(lines).toEqual([expect.objectContaining({ level: 40, address: one, most: 3 })])
    await opened[0]?.leave()
    // The server hears of it a moment later.
    const again: boolean[] = []
    while (!again.includes(true)) again.push((await open()).served)
    expect((await open()).served).toBe(false)
  })

  it('of one network of IPv6 are bounded together', async () => {
    const { openMany } = await listen(2, ['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:1::1'])
    expect((await openMany(4)).map(({ served }) => served)).toEqual([true, true, false, true])
  })

  it.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])('of this machine (%s) are not', async (address) => {
    const { openMany } = await listen(1, [address])
    expect((await openMany(3)).map(({ served }) => served)).toEqual([true, true, true])
  })

  it('of a trusted proxy are not: it has those of all its clients', async () => {
    const { openMany } = await listen(1, [one], 1)
    expect((await openMany(3)).map(({ served }) => served)).toEqual([true, true, true])
  })
})

describe.each([0, 1])('all connections together, behind %i proxies,', (trustedProxies) => {
  const many = Array.from({ length: 12 }, (_, index) => `203.0.113.${index}`)
  const served = (opened: readonly { served: boolean }[]) => opened.filter((one) => one.served).length

  it('are bounded, whatever their addresses, and there is room again when one is closed', async () => {
    const { open, openMany } = await listen(9, many, trustedProxies, 3)
    const opened = await openMany(5)
    expect(opened.map((one) => one.served)).toEqual([true, true, true, false, false])
    await opened[1]?.leave()
    const again: boolean[] = []
    while (!again.includes(true)) again.push((await open()).served)
    expect((await open()).served).toBe(false)
  })

  it('leave a hundred places more to this machine, so that whoever checks there is answered', async () => {
    const { openMany } = await listen(9, [one, one, other, '127.0.0.1'], trustedProxies, 2)
    expect((await openMany(3)).map((opened) => opened.served)).toEqual([true, true, false])
    expect(served(await openMany(110))).toBe(100)
  })

  it('are said to be too many once a minute', async () => {
    const { openMany, lines, clock } = await listen(9, many, trustedProxies, 1)
    const full = expect.objectContaining({
      level: 40,
      most: 1,
      msg: 'connections are closed: there are too many of all addresses',
    })
    await openMany(3)
    expect(lines).toEqual([full])
    await clock.advance(minute - 1)
    await openMany(1)
    expect(lines).toEqual([full])
    await clock.advance(1)
    await openMany(2)
    expect(lines).toEqual([full, full])
  })
})
