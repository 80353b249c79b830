import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { refusals, webhookPath, withoutToken } from '../../src/server/webhook.ts'

it('docs/webhooks.md names every refusal with its status', () => {
  const text = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8')
  const documented = [...text.matchAll(/\| (\d{3}) \| `(WEBHOOK_\w+)` \|$/gm)].map(([, status, code]) => [
    Number(status),
    code,
  ])
  expect(documented).toEqual(
    expect.arrayContaining(Object.values(refusals).map(([status, code]) => [status, code])),
  )
  expect(documented).toHaveLength(Object.keys(refusals).length)
})

it('a path is logged without its token', () => {
  expect(withoutToken(webhookPath('job_1', 'secret'))).toBe('/webhooks/wavespeed/job_1')
  expect(withoutToken('/graphql')).toBe('/graphql')
  // As proxies may write it.
  for (const path of ['/video/webhooks', '//webhooks', 'http://host/webhooks', '/webhook%73']) {
    expect(withoutToken(`${path}/wavespeed/job_1/secret`)).toBe(`${path}/wavespeed/job_1`)
  }
})
