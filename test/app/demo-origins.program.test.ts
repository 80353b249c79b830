import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { outcomeOf, spawnProgram } from '../support/gateway-process.ts'

it('the demo answers pages of this machine on any port, and shows which others it refuses', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wavespeed-demo-'))
  const env = { PORT: '0', SANDBOX_PORT: '0', DATABASE_URL: `file:${join(folder, 'demo.db')}` }
  const demo = spawnProgram('scripts/demo.ts', env, { cwd: folder })
  const ended = outcomeOf(demo)
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let text = ''
      demo.stdout?.on('data', (data) => {
        text += data
        const found = /GraphiQL\s+(\S+)/.exec(text)?.[1]
        if (found) resolve(found)
      })
      demo.once('close', () => reject(new Error(text)))
    })
    const ask = (origin: string) =>
      fetch(url, {
        method: 'POST',
        headers: { origin, 'content-type': 'application/json' },
        body: '{"query":"{ __typename }"}',
      })
    const near = await ask('http://localhost:5173')
    expect([near.status, near.headers.get('access-control-allow-origin')]).toEqual([
      200,
      'http://localhost:5173',
    ])
    for (const _ of ['first', 'second']) expect((await ask('https://app.example.com')).status).toBe(403)
  } finally {
    demo.kill('SIGTERM')
  }
  const { output } = await ended
  rmSync(folder, { recursive: true })
  expect(output.match(/https:\/\/app\.example\.com may not call this gateway/g)).toHaveLength(1)
  expect(output).toContain('CORS_ORIGINS')
})
