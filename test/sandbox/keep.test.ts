import { appendFileSync, mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { models, startReceiver, startTestSandbox } from './support.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-kept-'))
  return () => rmSync(folder, { recursive: true })
})
const start = (options = {}) => startTestSandbox({ folder, ...options })
const lines = () => join(folder, 'sandbox.jsonl')

test('a task goes on after a restart, and its clip is there at its end', async () => {
  const first = await start({ concurrency: 1 })
  const running = (await first.submit()).data.id
  const waiting = (await first.submit()).data.id
  const deleted = (await first.submit()).data.id
  const endless = (await first.prompt('[sandbox:never-finishes]')).data.id
  const failing = (await first.prompt('[sandbox:fail=1402]')).data.id
  await first.call('POST', 'predictions/delete', { ids: [deleted] })
  const balance = await first.balance()
  await first.sandbox.close()

  const { clock, result, list, sandbox, ...second } = await start({ concurrency: 1 })
  expect((await list({ model: models.small })).data.total).toBe(4)
  expect((await result(deleted)).status).toBe(404)
  expect((await result(running)).data.status).toBe('created')
  expect(await second.balance()).toBe(balance)
  clock.advance(10_000)
  expect((await result(running)).data.status).toBe('completed')
  expect((await result(waiting)).data.status).toBe('created')
  const [output] = (await result(running)).data.outputs ?? []
  expect((await fetch(String(output))).headers.get('content-type')).toBe('video/mp4')
  expect((await result(endless)).data.status).not.toBe('completed')
  expect((await result(failing)).data.id).toBe(failing)
  // The places are still taken: who comes now waits behind those of before.
  const later = (await second.submit()).data.id
  clock.advance(15_000)
  expect((await result(later)).data.status).toBe('created')
})

test('an upload is served after a restart, byte for byte', async () => {
  const first = await start()
  const form = new FormData()
  form.set('file', new File(['not really a video'], 'clip.mp4', { type: 'video/mp4' }))
  const uploaded = await fetch(`${first.sandbox.url}/api/v3/media/upload/binary`, {
    method: 'POST',
    headers: { authorization: 'Bearer sandbox' },
    body: form,
  })
  const { pathname } = new URL((await uploaded.json()).data.download_url)
  await first.sandbox.close()
  const { sandbox } = await start()
  const served = await fetch(sandbox.url + pathname)
  expect([served.headers.get('content-type'), await served.text()]).toEqual([
    'video/mp4',
    'not really a video',
  ])
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([])
})

test('a line that a kill cut off counts as not written, and spoils none that comes after it', async () => {
  const first = await start()
  const kept = (await first.submit()).data.id
  await first.sandbox.close()
  appendFileSync(lines(), '{"created":{"id":"cut')
  const second = await start()
  expect((await second.result(kept)).status).toBe(200)
  const added = (await second.submit()).data.id
  await second.sandbox.close()
  const third = await start()
  for (const id of [kept, added]) expect((await third.result(id)).status).toBe(200)
  await third.sandbox.close()
  truncateSync(lines(), 5)
  const fourth = await start()
  expect((await fourth.list({ model: models.small })).data.total).toBe(0)
})

test('a webhook of a task that ends after the restart is sent', async () => {
  const receiver = await startReceiver()
  const first = await start()
  const path = `${models.small}?webhook=${encodeURIComponent(receiver.url)}`
  const { id } = (await first.submit(undefined, path)).data
  await first.sandbox.close()
  const { clock, sandbox } = await start()
  clock.advance(10_000)
  await eventually(() => expect(sandbox.webhooks.deliveries(id)).toHaveLength(1))
  expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([id])
})

test('without a folder everything is forgotten', async () => {
  const first = await startTestSandbox()
  const { id } = (await first.submit()).data
  await first.sandbox.close()
  expect((await (await startTestSandbox()).result(id)).status).toBe(404)
})
