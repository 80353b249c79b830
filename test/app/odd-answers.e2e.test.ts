import { describe, expect, it } from 'vitest'
import { start } from '../support/clocked-app.ts'

describe('a finished result', () => {
  it.each([
    { has_nsfw_contents: false },
    { has_nsfw_contents: { all: false } },
    { error: { message: '' } },
    { error: ['none'] },
    { created_at: 7 },
    { timings: 'quick' },
    { executionTime: {} },
    { code: 'none' },
    { urls: 'none' },
    { model: null },
    { input: 'as sent' },
  ])('is not hidden by an odd optional member: %j', async (members) => {
    const { app, ends } = await start()
    app.sandbox.faults.add({ kind: 'odd-members', members, on: 'result' })
    const id = await app.create()
    await ends(id)
    const { state, outputs } = await app.job(id)
    expect(state).toBe('COMPLETED')
    expect(outputs).toHaveLength(1)
  })

  it('that is a failure whose reason cannot be read is TASK_FAILED', async () => {
    const { app, ends } = await start()
    app.sandbox.faults.add({ kind: 'odd-members', members: { error: [{}], code: [] }, on: 'result' })
    const id = await app.create('[sandbox:fail=1402]')
    await ends(id)
    const { error } = await app.job(id)
    expect(error).toMatchObject({ code: 'TASK_FAILED' })
    expect(error?.message).toMatch(/could not complete/)
  })

  it.each([
    [['https://example.com/a.mp4', 7], 1, /output 2 is a number/],
    [[{}], 0, /no output that can be used: output 1 is an object without a url/],
    [[], 0, /names no output/],
    [null, 0, /names no output/],
  ])('says in its timeline what of its outputs cannot be used: %j', async (outputs, usable, words) => {
    const { app, ends } = await start()
    app.sandbox.faults.add({ kind: 'odd-members', members: { outputs, status: 'completed' }, on: 'result' })
    const id = await app.create()
    await ends(id)
    const job = await app.job(id)
    expect(job).toMatchObject({ state: 'COMPLETED' })
    expect(job.outputs).toHaveLength(usable)
    expect(job.timeline.at(-1)?.message).toMatch(words)
  })

  it.each(['gzip', 'deflate', 'br'] as const)(
    'is read where everything is answered in %s',
    async (encoding) => {
      const { app, ends } = await start()
      app.sandbox.faults.add({ kind: 'compressed', encoding })
      const id = await app.create()
      await ends(id)
      expect(await app.state(id)).toBe('COMPLETED')
      expect(app.sandbox.ledger.submits()).toHaveLength(1)
    },
  )
})
