import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './support.ts'

let gateway: TestServer
beforeAll(async () => {
  gateway = await startTestServer()
})
afterAll(() => gateway.server.close())

/** Audits that do not pass, each with the reason why that is right. */
const exceptions: Record<string, string> = {}

for (const audit of serverAudits({ url: () => `${gateway.url}/graphql`, fetchFn: fetch })) {
  test(`GraphQL over HTTP: ${audit.id} ${audit.name}`, async () => {
    const result = await audit.fn()
    const reason = exceptions[audit.id]
    if (reason) expect(result.status, `listed as an exception: ${reason}`).not.toBe('ok')
    else expect(result.status, 'reason' in result ? result.reason : '').toBe('ok')
  })
}
