import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { createLargeAnswers } from './large-answers.ts'
import { startTestServer, type TestServer } from './support.ts'

export const second = 1_000
export const minute = 60 * second
export const mega = 1_000_000

/** A gateway with large answers and a large output, on a fake clock, for each test, and clients that do not read them. */
export function useSlowReaders() {
  let clock: FakeClock
  let large: ReturnType<typeof createLargeAnswers>
  let gateway: TestServer
  let folder: string
  const clients: (() => void)[] = []

  beforeEach(async () => {
    clock = createFakeClock()
    large = createLargeAnswers()
    folder = mkdtempSync(join(tmpdir(), 'wavespeed-slow-'))
    const path = join(folder, 'video.mp4')
    writeFileSync(path, '')
    truncateSync(path, 100 * mega)
    gateway = await startTestServer({
      schema: large.schema,
      clock,
      limits: { answerCharacters: Number.POSITIVE_INFINITY },
      locateOutput: async () => ({ kind: 'file', path, contentType: 'video/mp4' }),
    })
  })
  afterEach(async () => {
    for (const end of clients.splice(0)) end()
    await gateway.server.close()
    rmSync(folder, { recursive: true })
  })

  /** The lines of connections that were ended. */
  const ended = () => gateway.lines.filter((line) => String(line['msg']).includes('does not read'))

  return {
    get clock() {
      return clock
    },
    get large() {
      return large
    },
    get gateway() {
      return gateway
    },
    ended,
    /** Has something done after the test. */
    onEnd: (end: () => void) => void clients.push(end),
    /** A client that sends bytes and reads nothing. */
    async silent(bytes: string): Promise<Socket> {
      const socket = connect(gateway.port, '127.0.0.1')
      clients.push(() => socket.destroy())
      socket.on('error', () => {})
      socket.pause()
      await new Promise((done) => socket.write(bytes, done))
      return socket
    },
    /** Moves time on until a connection is ended; its 30 seconds begin when the system takes no more. */
    async expectStall(): Promise<void> {
      const before = clock.now()
      await clock.until(() => ended().length === 1, second)
      expect(clock.now() - before).toBeGreaterThanOrEqual(30 * second)
      expect(ended()[0]).toMatchObject({ reason: 'nothing was read for 30 s' })
    },
    isServed: async () => (await fetch(`${gateway.url}/health`)).status === 200,
  }
}
