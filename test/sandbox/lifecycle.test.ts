import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readSandboxOptions } from '../../sandbox/env.ts'
import { createLedger } from '../../sandbox/ledger.ts'
import { startSandbox } from '../../sandbox/sandbox.ts'
import { eventually } from '../support/eventually.ts'
import { outcomeOf, spawnProgram } from '../support/gateway-process.ts'
import { startTestSandbox } from './support.ts'

describe('closing', () => {
  test('leaves no timer and no socket: hung, slow and idle connections included', async () => {
    const { clock, sandbox, prompt } = await startTestSandbox()
    const hung = prompt('[sandbox:hang]').catch((error: Error) => error.message)
    const slow = prompt('[sandbox:slow=60000]').catch((error: Error) => error.message)
    const idle = connect(sandbox.port, '127.0.0.1')
    await once(idle, 'connect')
    await eventually(() => {
      expect(clock.waiting).toBe(1)
      expect(sandbox.ledger.requests({ status: 'hung' })).toHaveLength(1)
    })
    const ended = once(idle, 'close')
    await Promise.all([sandbox.close(), sandbox.close()])
    expect([await hung, await slow]).toEqual(['fetch failed', 'fetch failed'])
    await ended
    expect(clock.waiting).toBe(0)
  })

  test('frees the port for the next one', async () => {
    const first = await startSandbox()
    await first.close()
    const second = await startSandbox({ port: first.port })
    onTestFinished(() => second.close())
    expect(second.url).toBe(first.url)
  })
})

test('a port in use and a host that others could reach are refused', async () => {
  const { sandbox } = await startTestSandbox()
  await expect(startSandbox({ port: sandbox.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  await expect(startSandbox({ host: '0.0.0.0' })).rejects.toThrow('loopback')
})

describe('the environment', () => {
  test('has a default for everything, and an empty variable counts as not set', () => {
    const options = { port: 4010, taskSeconds: 8, tier: 'ultra' }
    expect(readSandboxOptions({})).toEqual({ ok: true, options })
    expect(readSandboxOptions({ SANDBOX_PORT: '', SANDBOX_TIER: ' ' })).toEqual({ ok: true, options })
  })

  test('is read in full', () => {
    const read = readSandboxOptions({
      SANDBOX_PORT: '0',
      SANDBOX_TASK_SECONDS: '0.5-3',
      SANDBOX_TIER: 'bronze',
      SANDBOX_FOLDER: ' kept ',
    })
    const options = { port: 0, taskSeconds: [0.5, 3], tier: 'bronze', folder: 'kept' }
    expect(read).toEqual({ ok: true, options })
  })

  test.each(['70000', '-1', '1.5', '0x10', 'http'])('has no port %s', (SANDBOX_PORT) => {
    expect(readSandboxOptions({ SANDBOX_PORT })).toMatchObject({ ok: false })
  })

  test.each(['3-1', '-1', '1-', 'long', '1-2-3', '1e9'])(
    'has no task of %s seconds',
    (SANDBOX_TASK_SECONDS) => {
      expect(readSandboxOptions({ SANDBOX_TASK_SECONDS })).toMatchObject({ ok: false })
    },
  )
})

test('the ledger keeps its newest entries, and sums of all', () => {
  const ledger = createLedger(10)
  for (let at = 0; at < 25_000; at++) {
    ledger.record({
      at,
      method: 'GET',
      path: '/',
      operation: 'result',
      status: 200,
      predictionId: String(at % 2),
    })
  }
  expect(ledger.requests().map((it) => it.at)).toEqual(Array.from({ length: 10 }, (_, i) => 24_990 + i))
  expect(ledger.polls('1')).toHaveLength(5)
  expect(ledger.submits()).toEqual([])
  expect(ledger.counts()).toMatchObject({ requests: 25_000, byOperation: { result: 25_000, submit: 0 } })
  ledger.clear()
  expect(ledger.counts().requests).toBe(0)
})

test('the ledger and the tasks are read over HTTP', async () => {
  const { sandbox, submit, result } = await startTestSandbox()
  const { id } = (await submit()).data
  await submit()
  await result(id)
  const get = async (path: string) => (await fetch(`${sandbox.url}/sandbox/${path}`)).json()
  expect(await get(`ledger?operation=submit&predictionId=${id}`)).toMatchObject({
    counts: { requests: 3, accepted: 2 },
    requests: [{ operation: 'submit', predictionId: id, status: 200 }],
  })
  expect(await get('ledger?operation=dance')).toMatchObject({ code: 400 })
  expect(await get('tasks')).toMatchObject({ tasks: [{ status: 'created' }, { id, status: 'created' }] })
})

describe('the program', () => {
  /** Runs it to its end; `until` sees what it has written so far. */
  async function run(env: { [name: string]: string }, until?: (output: string, stop: () => void) => void) {
    const child = spawn(process.execPath, ['--import', 'tsx', 'sandbox/main.ts'], {
      env: { ...process.env, ...env },
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
        until?.(output, () => child.kill('SIGTERM'))
      })
    }
    const [code] = await once(child, 'close')
    return { code, lines: output.trim().split('\n') }
  }

  test('says in one line what it is, and ends with code 0 on SIGTERM', async () => {
    const { code, lines } = await run({ SANDBOX_PORT: '0' }, (output, stop) => {
      if (output.includes('\n')) stop()
    })
    expect(lines).toEqual([expect.stringMatching(/SANDBOX, not WaveSpeedAI: http:\/\/127\.0\.0\.1:\d+/)])
    expect(code).toBe(0)
  })

  test('reports every fault of its environment at once and ends with code 1', async () => {
    const env = { SANDBOX_PORT: 'x', SANDBOX_TASK_SECONDS: '3-1', SANDBOX_TIER: 'iron' }
    const { code, lines } = await run(env)
    expect(lines.map((line) => line.split(' ')[0])).toEqual(Object.keys(env))
    expect(code).toBe(1)
  })

  test('reads .env where a variable of its environment is empty', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'sandbox-'))
    onTestFinished(() => rmSync(cwd, { recursive: true }))
    writeFileSync(join(cwd, '.env'), '\ufeffSANDBOX_PORT=of-the-file\nSANDBOX_TIER=of-the-file\n')
    const env = { SANDBOX_PORT: '', SANDBOX_TIER: 'iron' }
    const { code, output } = await outcomeOf(spawnProgram('sandbox/main.ts', env, { cwd }))
    expect(output).toMatch(/SANDBOX_PORT .*"of-the-file"\n.*SANDBOX_TIER .*"iron"/)
    expect(code).toBe(1)
  })

  test('says in one line that its port is in use', async () => {
    const { sandbox } = await startTestSandbox()
    const { code, lines } = await run({ SANDBOX_PORT: String(sandbox.port) })
    expect(lines).toEqual([expect.stringContaining(`Port ${sandbox.port} is in use`)])
    expect(code).toBe(1)
  })
})
