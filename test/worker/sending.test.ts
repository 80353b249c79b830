import { describe, expect, it } from 'vitest'
import type { Job } from '../../src/jobs/job.ts'
import { createPauses } from '../../src/jobs/pauses.ts'
import { createSending } from '../../src/worker/sending.ts'
import type { Submissions } from '../../src/worker/submit.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { sampleJob } from '../support/job.ts'
import { createLogLines } from '../support/log-lines.ts'

const event = { type: 'unknown', message: 'cut off' } as const
const attempt = (version: number): Job => sampleJob({ id: 'a', version })

function start(submissions: Partial<Submissions> = {}) {
  const clock = createFakeClock()
  const { log, lines } = createLogLines()
  const seen: unknown[] = []
  let stopping = false
  const pauses = createPauses(clock)
  const sending = createSending({
    submissions: {
      send: async () => event,
      record: async () => 5_000,
      ...submissions,
    },
    loop: {
      hold: (id) => void seen.push(['hold', id]),
      giveBack: (id, at) => void seen.push(['giveBack', id, at]),
    },
    pauses,
    clock,
    log,
    isStopping: () => stopping,
  })
  return {
    ...sending,
    begin: (job: Job) => sending.begin(job, () => seen.push('end')),
    get size() {
      return sending.size
    },
    clock,
    seen,
    lines,
    stop() {
      stopping = true
      pauses.end()
    },
  }
}

describe('a submission under way', () => {
  it('keeps the lease of its job until what became of it is written', async () => {
    const test = start()
    test.begin(attempt(2))
    expect([test.seen, test.size]).toEqual([[['hold', 'a']], 1])
    await test.end()
    expect([test.seen, test.size]).toEqual([[['hold', 'a'], ['giveBack', 'a', 5_000], 'end'], 0])
  })

  it('is sent once, and written every ten seconds until the history takes it', async () => {
    let sent = 0
    let tries = 0
    const test = start({
      async send() {
        sent += 1
        return event
      },
      async record(job, what) {
        tries += 1
        if (tries < 3) throw new Error('full')
        expect([job.version, what]).toEqual([2, event])
        return null
      },
    })
    test.begin(attempt(2))
    await test.clock.advance(9_999)
    expect([sent, tries]).toEqual([1, 1])
    await test.clock.advance(10_001)
    await test.end()
    expect([sent, tries]).toEqual([1, 3])
    expect(test.seen.slice(1)).toEqual([['giveBack', 'a', null], 'end'])
    const line = { msg: 'recording a submission failed, trying again', step: 'a', level: 50 }
    expect(test.lines).toMatchObject([line, line])
  })

  it('that cannot be written is given up by a stop, for whoever comes to it next', async () => {
    const test = start({ record: () => Promise.reject(new Error('full')) })
    test.begin(attempt(2))
    await test.clock.advance(1_000)
    test.stop()
    await test.end()
    expect(test.seen.slice(1)).toEqual([['giveBack', 'a', test.clock.now()], 'end'])
  })

  it('that failed in an unforeseen way is searched for at once', async () => {
    const test = start({ send: () => Promise.reject(new Error('a fault of ours')) })
    test.begin(attempt(2))
    await test.end()
    expect(test.seen.slice(1)).toEqual([['giveBack', 'a', test.clock.now()], 'end'])
  })

  it('leaves the lease to a later attempt of the same job', async () => {
    let fails = true
    const test = start({
      send: (job) => (job.version === 2 ? Promise.resolve(event) : new Promise(() => {})),
      record: () => (fails ? Promise.reject(new Error('answered late')) : Promise.resolve(null)),
    })
    test.begin(attempt(2))
    await test.clock.advance(1_000)
    test.begin(attempt(4))
    fails = false
    await test.clock.advance(10_000)
    expect([test.seen, test.size]).toEqual([[['hold', 'a'], ['hold', 'a'], 'end'], 1])
  })
})
