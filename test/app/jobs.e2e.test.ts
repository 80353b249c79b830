import { describe, expect, it } from 'vitest'
import { start } from '../support/clocked-app.ts'

const minute = 60_000

describe('a job', () => {
  it('goes from QUEUED to COMPLETED, is sent once, and shows its outputs with their end', async () => {
    const { app, ends } = await start()
    const id = await app.create()
    await ends(id)
    const job = await app.job(id)
    expect(job.timeline.map(({ state }) => state)).toEqual([
      'QUEUED',
      'SUBMITTING',
      'CREATED',
      'PROCESSING',
      'COMPLETED',
    ])
    expect(job.version).toBe(5)
    expect(job.inferenceMs).toBe(20_000)
    expect(app.sandbox.ledger.submits()).toHaveLength(1)
    const [output] = job.outputs
    const made = app.sandbox.tasks.get(job.predictionId ?? '')
    expect(Date.parse(output?.expiresAt ?? '')).toBe((made?.createdAt ?? 0) + 7 * 24 * 60 * minute)
    const video = await fetch(output?.url ?? '')
    expect(video.headers.get('content-type')).toBe('video/mp4')
    await video.arrayBuffer()
  })

  it('sends the seed it shows when a random one was asked for', async () => {
    const { app, reaches } = await start()
    const id = await app.create('x', { seed: -1 })
    await reaches(id, 'CREATED')
    const { input } = await app.job(id)
    expect(input.seed).toBeGreaterThanOrEqual(0)
    expect(app.sandbox.ledger.submits()[0]?.input).toMatchObject({ seed: input.seed })
  })

  it('polls no more often than every 5 seconds', async () => {
    const { app, ends } = await start()
    const id = await app.create()
    await ends(id)
    const times = app.sandbox.ledger.polls().map(({ at }) => at)
    for (const [index, at] of times.slice(1).entries())
      expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(5_000)
    expect(times.length).toBeLessThanOrEqual(5)
  })

  describe('waits as QUEUED', () => {
    it('so that the videos per minute of the tier are never exceeded, oldest first', async () => {
      const { app, clock, ends } = await start({
        env: { WAVESPEED_TIER: 'bronze' },
        sandbox: { tier: 'bronze', overflow: 'reject', taskSeconds: 5 },
      })
      const ids: string[] = []
      for (let index = 0; index < 7; index += 1) {
        ids.push(await app.create(`number ${index}`))
        await clock.advance(1)
      }
      await clock.until(async () => (await app.state(ids[1] ?? '')) !== 'QUEUED')
      expect((await app.job(ids[2] ?? '')).queuePosition).toBe(1)
      expect((await app.job(ids[6] ?? '')).queuePosition).toBe(5)
      await ends(ids[6] ?? '')
      const { ledger } = app.sandbox
      expect(ledger.counts()).toMatchObject({ accepted: 7, rateRefusals: 0, concurrencyRefusals: 0 })
      expect(ledger.submits().map(({ input }) => input?.['prompt'])).toEqual(
        ids.map((_, index) => `number ${index}`),
      )
    })

    it('so that no more tasks run at once than the tier allows', async () => {
      const { app, ends } = await start({
        env: { WAVESPEED_VIDEOS_PER_MINUTE: '1000', WAVESPEED_CONCURRENCY: '3' },
        sandbox: { videosPerMinute: 1_000, concurrency: 3, overflow: 'reject', taskSeconds: 5 },
      })
      const ids = await Promise.all(Array.from({ length: 10 }, (_, index) => app.create(`number ${index}`)))
      for (const id of ids) await ends(id)
      expect(app.sandbox.ledger.counts()).toMatchObject({
        accepted: 10,
        concurrencyRefusals: 0,
        peakTasks: 3,
      })
    })
  })
})
