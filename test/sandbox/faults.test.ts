import { describe, expect, test } from 'vitest'
import { faultKinds } from '../../sandbox/faults.ts'
import { eventually } from '../support/eventually.ts'
import { input, models, startTestSandbox } from './support.ts'

/** Submits and tells what a client sees: status, headers and text, or that the connection broke. */
async function rawSubmit(url: string, prompt: string, signal?: AbortSignal) {
  return fetch(`${url}/api/v3/${models.small}`, {
    method: 'POST',
    headers: { authorization: 'Bearer sandbox', 'content-type': 'application/json' },
    body: JSON.stringify({ ...input, prompt }),
    ...(signal && { signal }),
  }).then(
    async (response) => ({ status: response.status, headers: response.headers, text: await response.text() }),
    (error: Error) => error.message,
  )
}

describe('a fault of the answer', () => {
  test.each([
    ['unauthorized', 401, 'invalid authentication'],
    ['rate-limited', 429, '"code":429'],
    ['server-error', 503, '"code":503'],
    ['server-error=500', 500, '"code":500'],
    ['not-json', 502, '<html>'],
    ['not-json=200', 200, '<html>'],
    ['wrong-shape', 200, '{"task":{'],
    ['envelope-error', 200, '"code":500'],
    ['envelope-error=402', 200, '"code":402'],
  ])('[sandbox:%s] answers %d and creates no task', async (directive, status, text) => {
    const { sandbox } = await startTestSandbox()
    const answer = await rawSubmit(sandbox.url, `[sandbox:${directive}]`)
    expect(answer).toMatchObject({ status, text: expect.stringContaining(text) })
    expect(sandbox.tasks.all()).toEqual([])
    expect(sandbox.ledger.submits()).toMatchObject([{ status, faults: [directive.split('=')[0]] }])
  })

  test('carries Retry-After only where it is asked for', async () => {
    const { prompt } = await startTestSandbox()
    expect((await prompt('[sandbox:rate-limited]')).headers.get('retry-after')).toBeNull()
    expect((await prompt('[sandbox:rate-limited=7]')).headers.get('retry-after')).toBe('7')
  })

  test('cut-before breaks the connection before a task exists, cut-after once it does', async () => {
    const { sandbox } = await startTestSandbox()
    expect(await rawSubmit(sandbox.url, '[sandbox:cut-before]')).toBe('fetch failed')
    expect(sandbox.tasks.all()).toEqual([])
    expect(await rawSubmit(sandbox.url, '[sandbox:cut-after]')).toBe('fetch failed')
    const [task] = sandbox.tasks.all()
    expect(sandbox.ledger.submits()).toMatchObject([
      { status: 'cut' },
      { status: 'cut', predictionId: task?.id },
    ])
  })

  test.each(['server-error=504', 'not-json', 'wrong-shape', 'envelope-error'])(
    '[sandbox:%s,after] loses the answer of a task that exists',
    async (directive) => {
      const { sandbox } = await startTestSandbox()
      const answer = await rawSubmit(sandbox.url, `[sandbox:${directive},after]`)
      const ids = sandbox.tasks.all().map(({ id }) => id)
      expect(ids).toHaveLength(1)
      expect(answer).toMatchObject({ text: expect.not.stringContaining(ids.join()) })
      expect(sandbox.ledger.counts().accepted).toBe(1)
    },
  )

  test('slow answers when its time has passed', async () => {
    const { clock, sandbox } = await startTestSandbox()
    const answer = rawSubmit(sandbox.url, '[sandbox:slow=2000]')
    await eventually(() => expect(clock.waiting).toBe(1))
    expect(sandbox.ledger.submits()).toMatchObject([{ status: 'open' }])
    clock.advance(2_000)
    expect(await answer).toMatchObject({ status: 200 })
  })

  test('hang never answers, and a client that leaves a slow one is noted', async () => {
    const { clock, sandbox } = await startTestSandbox()
    const leave = new AbortController()
    const hung = rawSubmit(sandbox.url, '[sandbox:hang,after]', leave.signal)
    const slow = rawSubmit(sandbox.url, '[sandbox:slow=1000]', leave.signal)
    await eventually(() => {
      expect(sandbox.ledger.requests({ status: 'hung' })).toHaveLength(1)
      expect(clock.waiting).toBe(1)
    })
    leave.abort()
    expect(await hung).toContain('aborted')
    expect(await slow).toContain('aborted')
    await eventually(() => expect(sandbox.ledger.requests({ status: 'gone' })).toHaveLength(1))
    expect(sandbox.tasks.all()).toHaveLength(1)
  })
})

describe('a fault of the task', () => {
  test.each([
    ['fail', 1405],
    ['fail=1200', 1200],
    ['fail=1402', 1402],
    ['fail=1407', 1407],
    ['fail=5000', 5000],
  ])('[sandbox:%s] ends it as failed with code %d and a reason, by HTTP 200', async (directive, code) => {
    const { clock, prompt, result } = await startTestSandbox()
    const { id } = (await prompt(`[sandbox:${directive}]`)).data
    expect((await result(id)).data).toMatchObject({ status: 'created', code: 0, error: '' })
    clock.advance(10_000)
    const answer = await result(id)
    expect(answer).toMatchObject({ status: 200, code: 200 })
    expect(answer.data).toMatchObject({
      status: 'failed',
      code,
      error: expect.stringMatching(/\w/),
      outputs: [],
    })
  })

  test.each(['cancelled', 'timeout', 'deleted'])('[sandbox:vendor-status=%s] ends it so', async (status) => {
    const { clock, prompt, result } = await startTestSandbox()
    const { id } = (await prompt(`[sandbox:vendor-status=${status}]`)).data
    clock.advance(10_000)
    expect((await result(id)).data).toMatchObject({ status, outputs: [] })
  })

  test('unknown-status shows a status outside the known ones, for a time or for ever', async () => {
    const { clock, prompt, result } = await startTestSandbox()
    const a = (await prompt('[sandbox:unknown-status=queued,forSeconds=4]')).data
    const b = (await prompt('[sandbox:unknown-status]')).data
    expect([a.status, b.status]).toEqual(['queued', 'rendering'])
    clock.advance(4_000)
    expect((await result(a.id)).data.status).toBe('processing')
    clock.advance(60_000)
    expect((await result(a.id)).data.status).toBe('completed')
    expect((await result(b.id)).data.status).toBe('rendering')
  })

  test('nsfw flags the output, lost-output loses it, never-finishes goes on', async () => {
    const { clock, prompt, result } = await startTestSandbox()
    const ids = []
    for (const kind of ['nsfw', 'lost-output', 'never-finishes']) {
      ids.push((await prompt(`[sandbox:${kind}]`)).data.id)
    }
    clock.advance(24 * 60 * 60 * 1_000)
    const [nsfw, lost, endless] = await Promise.all(ids.map(async (id) => (await result(id)).data))
    expect(nsfw).toMatchObject({ status: 'completed', has_nsfw_contents: [true] })
    expect(lost?.status).toBe('completed')
    expect((await fetch(String(nsfw?.outputs?.[0]))).status).toBe(200)
    expect((await fetch(String(lost?.outputs?.[0]))).status).toBe(404)
    expect(endless?.status).toBe('processing')
  })

  test('seconds sets its length', async () => {
    const { clock, prompt, result } = await startTestSandbox()
    const { id } = (await prompt('[sandbox:seconds=2]')).data
    clock.advance(1_999)
    expect((await result(id)).data.status).toBe('processing')
    clock.advance(1)
    expect((await result(id)).data.status).toBe('completed')
  })
})

describe('a directive', () => {
  test('for results meets the polls of its own prediction, as often as it says', async () => {
    const { prompt, result } = await startTestSandbox()
    const other = (await prompt('no directive')).data.id
    const { id } = (await prompt('[sandbox:server-error=500,on=result,times=2]')).data
    const statuses = []
    for (const asked of [id, other, id, id]) statuses.push((await result(asked)).status)
    expect(statuses).toEqual([500, 200, 500, 200])
  })

  test.each([
    ['cutt', 'unknown fault \\"cutt\\"'],
    ['seconds=soon', 'seconds must be a number'],
    ['vendor-status=lost', 'status: '],
    ['server-error=200', 'status: '],
    ['slow=1,often', '\\"often\\"'],
    ['hang=3', '\\"value\\"'],
  ])('that is not understood, such as %s, is refused by name', async (text, message) => {
    const { sandbox } = await startTestSandbox()
    const answer = await rawSubmit(sandbox.url, `[sandbox:${text}]`)
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining(message) })
    expect(answer).toMatchObject({ text: expect.stringContaining(`[sandbox:${text}]`) })
  })
})

describe('a fault for a while', () => {
  test('ends after its times, after its seconds, when removed, and when all are cleared', async () => {
    const { clock, sandbox, submit } = await startTestSandbox()
    const status = async () => (await submit()).status
    sandbox.faults.add({ kind: 'server-error', status: 500, on: 'submit', times: 1 })
    expect([await status(), await status()]).toEqual([500, 200])
    sandbox.faults.add({ kind: 'rate-limited', seconds: 5 })
    expect(await status()).toBe(429)
    clock.advance(5_000)
    expect(await status()).toBe(200)
    const remove = sandbox.faults.add({ kind: 'unauthorized' })
    expect(await status()).toBe(401)
    remove()
    expect(await status()).toBe(200)
    sandbox.faults.add({ kind: 'unauthorized' })
    sandbox.faults.clear()
    expect(await status()).toBe(200)
  })

  test('meets only the operation and prediction it names', async () => {
    const { sandbox, submit, result, balance } = await startTestSandbox()
    const [a, b] = [(await submit()).data.id, (await submit()).data.id]
    sandbox.faults.add({ kind: 'server-error', on: 'result', predictionId: a })
    sandbox.faults.add({ kind: 'nsfw', times: 1 })
    expect((await result(a)).status).toBe(503)
    expect((await result(b)).status).toBe(200)
    expect(await balance()).toBeGreaterThan(0)
    await submit()
    expect(sandbox.tasks.all()[0]?.faults).toMatchObject([{ kind: 'nsfw' }])
  })

  test('is switched over HTTP, and one that is not understood is refused in words', async () => {
    const { sandbox, submit } = await startTestSandbox()
    const control = async (method: string, body?: object) => {
      const init = { method, ...(body && { body: JSON.stringify(body) }) }
      const response = await fetch(`${sandbox.url}/sandbox/faults`, init)
      return {
        status: response.status,
        body: (await response.json()) as { faults?: unknown[]; message?: string },
      }
    }
    const added = await control('POST', { kind: 'server-error', on: 'submit', times: 3 })
    expect(added.body.faults).toEqual([{ kind: 'server-error', status: 503, on: 'submit', times: 3 }])
    expect((await submit()).status).toBe(503)
    expect((await control('GET')).body.faults).toMatchObject([{ times: 2 }])
    expect((await control('DELETE')).body.faults).toEqual([])
    expect((await submit()).status).toBe(200)
    for (const [bad, words] of [
      [{ kind: 'nope' }, /^unknown fault "nope"; the kinds are /],
      [{ kind: 'fail', code: 'x' }, /^code: /],
      [{ kind: 'hang', on: 'monday' }, /^on: /],
      [{}, /^unknown fault undefined; the kinds are /],
    ] as const) {
      const refused = await control('POST', bad)
      expect(refused).toMatchObject({ status: 400, body: { message: expect.stringMatching(words) } })
    }
    expect(sandbox.faults.list()).toEqual([])
  })
})

test('the page at / names the address, the key, the clip and every kind of fault', async () => {
  const { sandbox } = await startTestSandbox()
  const text = await (await fetch(sandbox.url)).text()
  for (const part of [
    'not WaveSpeedAI',
    sandbox.url,
    'Bearer sandbox',
    sandbox.clips.source,
    ...faultKinds,
  ]) {
    expect(text).toContain(part)
  }
})
