import { describe, expect, it } from 'vitest'
import { startCalledBack } from '../support/called-back.ts'
import { histories } from '../support/histories.ts'

const minute = 60_000

describe.each(histories)('on %s a callback', (history) => {
  it('ends its job at once, with the outputs', async () => {
    const { app, clock, reaches, proven, earlyPolls } = await startCalledBack(history)
    const first = await proven()
    const polls = app.sandbox.ledger.polls((await app.job(first)).predictionId ?? '').length
    const id = await app.create()
    await reaches(id, 'CREATED')
    await clock.until(() => app.hasEnded(id), 1_000)
    const { outputs, state } = await app.job(id)
    expect({ state, outputs: outputs.length }).toEqual({ state: 'COMPLETED', outputs: 1 })
    // Looks have become a safety net of one a minute, and the task takes 50 seconds.
    expect(await earlyPolls(id)).toEqual([])
    expect(polls).toBeGreaterThan(2)
  })

  it('tells of a failure as a poll would', async () => {
    const { app, ends, proven, earlyPolls } = await startCalledBack(history)
    await proven()
    const id = await app.create('[sandbox:fail=1402]')
    await ends(id)
    const { error } = await app.job(id)
    expect(error?.code).toBe('MEDIA_UNREACHABLE')
    expect(await earlyPolls(id)).toEqual([])
  })

  it('names the job in an address of its own that nobody can guess', async () => {
    const { proxy, running } = await startCalledBack(history)
    const [one, other] = [await running(), await running()]
    expect(one.url).toMatch(new RegExp(`^${proxy.url}/webhooks/wavespeed/${one.id}/[\\w-]{32}$`))
    expect(other.url.slice(-32)).not.toBe(one.url.slice(-32))
  })

  it('that comes before the answer to the POST is taken, and the answer then changes nothing', async () => {
    const { app, clock, ends } = await startCalledBack(history)
    app.sandbox.faults.add({ kind: 'slow', ms: 55_000, on: 'submit', after: true, times: 1 })
    const id = await app.create('[sandbox:seconds=10]')
    await ends(id)
    const { state, version, predictionId } = await app.job(id)
    expect(state).toBe('COMPLETED')
    expect(app.sandbox.ledger.polls()).toHaveLength(0)
    await clock.advance(2 * minute)
    expect(await app.job(id)).toMatchObject({ state, version, predictionId })
    expect(app.sandbox.ledger.counts().accepted).toBe(1)
  })

  it('finds a submission whose answer was lost, though the list of the vendor does not', async () => {
    const { app, ends } = await startCalledBack(history)
    app.sandbox.faults.add({ kind: 'cut-after', on: 'submit', times: 1 })
    app.sandbox.faults.add({ kind: 'server-error', on: 'list' })
    const id = await app.create()
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
    expect(app.sandbox.ledger.counts().accepted).toBe(1)
  })

  it.each([
    ['has completed', '', 'COMPLETED'],
    ['failed', '[sandbox:fail=1402]', 'FAILED'],
  ])(
    'of a job whose answer had said "not taken" proves that it was: it %s, and is not sent again',
    async (_name, directive, state) => {
      const { app, clock, ends, reaches } = await startCalledBack(history)
      app.sandbox.faults.add({ kind: 'envelope-error', code: 429, on: 'submit', after: true, times: 1 })
      const id = await app.create(`[sandbox:seconds=20]${directive}`)
      await reaches(id, 'QUEUED')
      await ends(id)
      expect(await app.state(id)).toBe(state)
      await clock.advance(3 * minute)
      expect(app.sandbox.ledger.submits()).toHaveLength(1)
    },
  )

  it('of a job that had gone back to the queue and goes on is followed by polls', async () => {
    const { app, clock, proxy, ends, reaches } = await startCalledBack(history)
    app.sandbox.faults.add({ kind: 'envelope-error', code: 429, on: 'submit', after: true, times: 1 })
    const id = await app.create('[sandbox:seconds=40]')
    await reaches(id, 'QUEUED')
    await clock.until(() => app.sandbox.tasks.all().length === 1)
    const [task] = app.sandbox.tasks.all()
    await app.sandbox.webhooks.deliver(task?.id ?? '')
    expect(await app.state(id)).not.toBe('QUEUED')
    proxy.target = null
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
  })

  it('that comes twice changes nothing the second time, and is answered with 200', async () => {
    const { app, proven } = await startCalledBack(history)
    const id = await proven()
    const { version, predictionId } = await app.job(id)
    expect(await app.sandbox.webhooks.deliver(predictionId ?? '')).toBe(200)
    expect((await app.job(id)).version).toBe(version)
  })

  it('of a job that was canceled meanwhile is answered with 200 and changes nothing', async () => {
    const { app, clock, running } = await startCalledBack(history)
    const { id, predictionId } = await running('x')
    await app.graphql('mutation ($id: ID!) { cancelJob(id: $id) { __typename } }', { id })
    await clock.until(() => app.sandbox.webhooks.deliveries(predictionId).length > 0)
    expect(app.sandbox.webhooks.deliveries(predictionId)).toMatchObject([{ answer: 200 }])
    expect(await app.state(id)).toBe('CANCELED')
  })

  it('of a deleted job is answered with 404', async () => {
    const { app, proven } = await startCalledBack(history)
    const id = await proven()
    const { predictionId } = await app.job(id)
    await app.graphql('mutation ($id: ID!) { deleteJob(id: $id) { __typename } }', { id })
    expect(await app.sandbox.webhooks.deliver(predictionId ?? '')).toBe(404)
  })

  it('finds its job after a restart of the gateway', async () => {
    const { app, proxy, ends, running } = await startCalledBack(history)
    const { id } = await running('x')
    await app.restart()
    proxy.target = app.app.url
    await ends(id)
    expect(await app.state(id)).toBe('COMPLETED')
    expect(proxy.requests.map(({ status }) => status)).toContain(200)
  })
})

describe.each(histories)('on %s callbacks that do not come', (history) => {
  it('are no loss: polls find the end, and go on at their normal pace for the jobs after it', async () => {
    const { app, proxy, ends, proven } = await startCalledBack(history)
    await proven()
    proxy.target = null
    const found = await app.create()
    await ends(found)
    expect(await app.state(found)).toBe('COMPLETED')
    const next = await app.create()
    await ends(next)
    const { predictionId } = await app.job(next)
    expect(app.sandbox.ledger.polls(predictionId ?? '').length).toBeGreaterThan(5)
  })

  it('are waited for again once one has come', async () => {
    const { app, clock, proxy, ends, proven, earlyPolls } = await startCalledBack(history)
    await proven()
    proxy.target = null
    await ends(await app.create())
    proxy.target = app.app.url
    await ends(await app.create())
    await clock.until(() => app.sandbox.webhooks.deliveries().at(-1)?.answer === 200)
    const id = await app.create()
    await ends(id)
    expect(await earlyPolls(id)).toEqual([])
  })
})

describe('the secret', () => {
  it('is fetched once, and again when it was changed at the vendor', async () => {
    const { app, clock, ends, reaches, proven, secretsAsked, earlyPolls } = await startCalledBack()
    await proven()
    await ends(await app.create())
    expect(secretsAsked()).toBe(1)
    await clock.advance(minute)
    app.sandbox.webhooks.rotate()
    const id = await app.create()
    await reaches(id, 'CREATED')
    await clock.until(() => app.hasEnded(id), 1_000)
    expect(await earlyPolls(id)).toEqual([])
    expect(secretsAsked()).toBe(2)
  })

  it('is fetched once a minute at the most, however many forged callbacks come', async () => {
    const { app, running, secretsAsked } = await startCalledBack()
    const { predictionId } = await running()
    for (let count = 0; count < 30; count += 1) {
      expect(await app.sandbox.webhooks.deliver(predictionId, { forged: true })).toBe(401)
    }
    expect(secretsAsked()).toBe(1)
  })
})
