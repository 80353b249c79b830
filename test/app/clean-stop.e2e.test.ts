import { expect, test } from 'vitest'
import { createLog } from '../../src/log.ts'
import { createClient, protocols } from '../server/clients.ts'
import { createTestApp } from '../support/app.ts'

test.each(protocols)('a stop with subscribers is no error in the log (%s)', async (protocol) => {
  const lines: { level: number; msg: string }[] = []
  const log = createLog('info', { write: (line) => void lines.push(JSON.parse(line)) })
  const app = await createTestApp({ overrides: { log }, sandbox: { taskSeconds: 600 } })
  const id = await app.create()
  const client = createClient(protocol, Number(new URL(app.url).port))
  const streams = [
    client.iterate(`subscription { prediction(jobId: "${id}", heartbeatSeconds: 3600) { id } }`),
    client.iterate('subscription { jobs { id } }'),
    client.iterate(`subscription { jobs(ids: ["${id}"]) { id } }`),
  ]
  for (const stream of streams) expect((await stream.next()).value).not.toHaveProperty('errors')
  await app.close()
  client.dispose()
  expect(lines.at(-1)?.msg).toBe('stopped')
  expect(lines.filter(({ level }) => level >= 50)).toEqual([])
})
