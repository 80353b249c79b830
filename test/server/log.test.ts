import { expect, test } from 'vitest'
import { describeConfig, loadConfig, secretsOf } from '../../src/config.ts'
import { createLog, createPretty } from '../../src/log.ts'

function logged(write: (log: ReturnType<typeof createLog>) => void) {
  const lines: string[] = []
  write(createLog('info', { write: (line) => void lines.push(line) }))
  return { text: lines.join(''), line: JSON.parse(lines[0] ?? '{}') }
}

const secret = 'wsk-live-hunter2'

test.each([
  { apiKey: secret },
  { vendor: { apiKey: secret } },
  { config: { vendor: { apiKey: secret } } },
  { headers: { authorization: `Bearer ${secret}` } },
  { request: { headers: { Authorization: `Bearer ${secret}`, 'x-api-key': secret } } },
  { a: { b: { c: { d: { e: { authorization: secret } } } } } },
  { list: [{ apiKey: secret }] },
])('a secret is replaced wherever it lies: %o', (fields) => {
  const { text } = logged((log) => log.info(fields, 'hello'))
  expect(text).toContain('[redacted]')
  expect(text).not.toContain('hunter2')
})

test('a secret quoted in an error is replaced, in its causes too', () => {
  const cause = new Error(`sent authorization: Bearer ${secret}`)
  const { text } = logged((log) => log.error({ err: new Error(`apiKey=${secret} refused`, { cause }) }))
  expect(text).toContain('apiKey=[redacted] refused')
  expect(text).toContain('Bearer [redacted]')
  expect(text).not.toContain('hunter2')
})

test("a webhook's secret is replaced in prose", () => {
  const { text } = logged((log) => log.error({ err: new Error(`whsec_${secret} does not verify`) }, 'failed'))
  expect(text).toContain('whsec_[redacted]')
  expect(text).not.toContain('hunter2')
})

test('an error keeps the chain of its causes and leaves its other fields behind', () => {
  const inner = Object.assign(new Error('connection reset'), {
    code: 'ECONNRESET',
    request: { body: 'prompt' },
  })
  const { line, text } = logged((log) =>
    log.error({ err: new Error('cannot submit', { cause: inner }) }, 'failed'),
  )
  expect(line).toMatchObject({
    msg: 'failed',
    err: { message: 'cannot submit', cause: { message: 'connection reset', code: 'ECONNRESET' } },
  })
  expect(text).not.toContain('prompt')
})

test('a loop of causes ends', () => {
  const error = new Error('one')
  error.cause = error
  expect(logged((log) => log.error({ err: error })).line.err.message).toBe('one')
})

test('what is logged is left as it was', () => {
  const config = { vendor: { apiKey: secret } }
  logged((log) => log.info({ config }))
  expect(config.vendor.apiKey).toBe(secret)
})

test('a text, a list and a name that somebody else made long are cut at 1 KB', () => {
  const long = 'x'.repeat(1_000_000)
  const fields = {
    long,
    deep: { a: [{ long }] },
    list: Array.from({ length: 100_000 }, () => 'y'),
    [long]: 1,
  }
  const { line, text } = logged((log) => log.info({ ...fields, err: new Error(long) }, long))
  expect(line.long).toBe(`${'x'.repeat(1_024)}… ${1_000_000 - 1_024} more`)
  expect(line.deep.a[0].long).toBe(line.long)
  expect(line.list).toHaveLength(51)
  expect(line.list.at(-1)).toBe('… 99950 more')
  expect(line.err.message).toBe(line.long)
  expect(line.err.stack).toMatch(/at .*log\.test\.ts/)
  expect(line.msg).toBe(line.long)
  expect(text.length).toBeLessThan(10_000)
})

test('a secret is replaced before anything is cut, and in lines for people', () => {
  const lines: string[] = []
  const cutting = createLog('info', { write: (line) => void lines.push(line) }, [secret])
  cutting.info(`${'x'.repeat(1_015)}${secret}${'y'.repeat(100)}`) // cut first, half of it would be left
  expect(lines.join('')).toContain('x[redacted… ')
  expect(lines.join('')).not.toContain('wsk-')
  const shown: string[] = []
  const stream = createPretty({ write: (line) => void shown.push(line) }, false)
  const log = createLog('info', stream)
  log.info({ apiKey: secret, list: [{ authorization: secret }] }, `sent Bearer ${secret}`)
  log.error({ err: new Error(`whsec_${secret}`) }, 'failed')
  expect(shown.join('')).toMatch(/INFO.*sent Bearer \[redacted\]/)
  expect(shown.join('')).toMatch(/ERROR.*failed/)
  expect(shown.join('')).not.toMatch(/hunter2|^\{/m)
})

test.each([
  'postgres://user:hunter2@db.example.com/jobs',
  'postgres://user:hunt%65r2@db.example.com/jobs',
  'postgresql://:hunter2@db/jobs',
  'postgres://db/jobs?user=me&password=hunter2',
  'postgres://db/jobs?sslpassword=hunter2&sslmode=require',
  'postgres://db/jobs?PassWord=hunt%65r2',
  'http://user:hunter2@proxy:3128',
])('the password of an address is replaced in prose, and by its value: %s', (url) => {
  const config = loadConfig({
    WAVESPEED_API_KEY: 'wsk_0123456789',
    DATABASE_URL: /^postgres/.test(url) ? url : 'postgres://db/jobs',
  })
  const written = url.includes('hunter2') ? 'hunter2' : 'hunt%65r2'
  const lines: string[] = []
  const log = createLog('info', { write: (line) => void lines.push(line) }, secretsOf(config))
  const err = Object.assign(new Error(`cannot reach ${url}`), { code: 'ECONNREFUSED' })
  log.error({ err, config: describeConfig(config) }, `trying ${url} again`)
  // As a driver may quote it, without the address around it; and of the key.
  if (!url.startsWith('http')) log.warn(`no entry for password "hunter2" or "${written}", key wsk_0123456789`)
  expect(lines.join('')).toContain('[redacted]')
  expect(lines.join('')).not.toMatch(/hunter2|hunt%65r2|wsk_0123456789/)
})

test('an address without a password is left as it is', () => {
  const urls = [
    'http://127.0.0.1:4010/clips/a@b.mp4',
    'postgres://user@db:5432/jobs?user=me',
    'https://example.com/?pass',
  ]
  for (const url of urls) expect(logged((log) => log.info(`at ${url}`)).line.msg).toBe(`at ${url}`)
})
