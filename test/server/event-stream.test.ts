import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createEventStream } from '../../src/server/event-stream.ts'
import { defaultLimits } from '../../src/server/limits.ts'

test('what a stream would tell is ended where its reader has left before it began', async () => {
  let returned = 0
  const messages: AsyncIterator<string, unknown> = {
    next: async () => ({ done: false, value: ':\n\n' }),
    async return() {
      returned += 1
      return { done: true, value: undefined }
    },
  }
  const stream = createEventStream({ limits: defaultLimits, slowReaders: { end: () => {} } })
  let written: Promise<void> | undefined
  const server = createServer((_request, response) => {
    stream.connect(response)
    response.once('close', () => {
      written = stream.write(messages)
    })
    response.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  await new Promise<void>((resolve) => {
    request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' })
      .on('error', () => resolve())
      .end()
  })
  await written
  expect(returned).toBe(1)
  server.close()
})
