import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { maxBodyBytes, refuseBody } from '../../src/server/body.ts'

it('a body that does not fit is answered with 413, and how large it may be', async () => {
  const server = createServer((_request, response) => refuseBody(response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  expect(response.status).toBe(413)
  expect(await response.json()).toEqual({
    errors: [
      expect.objectContaining({
        message: `The body is larger than ${maxBodyBytes} bytes, or in more than 16384 pieces.`,
        extensions: expect.objectContaining({ code: 'BODY_TOO_LARGE' }),
      }),
    ],
  })
})
