import { describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../src/db/sqlite/store.ts'
import { HistoryUnavailableError } from '../../src/errors.ts'
import type { Job, JobStore } from '../../src/jobs/ports.ts'
import { createRecorder } from '../../src/jobs/recorder.ts'
import { transition } from '../../src/jobs/state.ts'
import { sampleJob } from '../support/job.ts'

const entry = { version: 1, at: 1_000, state: 'QUEUED', message: 'Recorded.' } as const
const cancel = (job: Job) => transition(job, { type: 'canceled' }, 2_000)

/** A recorder on a history that does what it is told, and can then fail to say so. */
function start() {
  const { close, client: _, ...store } = openSqliteStore({ file: ':memory:' })
  const told: string[] = []
  let fails = false
  const failing: JobStore = {
    ...store,
    async apply(...change) {
      const result = await store.apply(...change)
      if (fails) throw new HistoryUnavailableError('broken')
      return result
    },
  }
  const recorder = createRecorder(failing, { publish: ({ id, state }) => void told.push(`${id} ${state}`) })
  return {
    recorder,
    told,
    close,
    fail(value: boolean) {
      fails = value
    },
  }
}

describe('a change whose commit was not answered', () => {
  it('is told with the next one that succeeds', async () => {
    const { recorder, told, close, fail } = start()
    await recorder.insert(sampleJob({ id: 'a' }), entry)
    await recorder.insert(sampleJob({ id: 'b' }), entry)
    told.length = 0
    fail(true)
    await expect(recorder.apply('a', cancel)).rejects.toThrow(HistoryUnavailableError)
    expect(told).toEqual([])
    fail(false)
    await recorder.apply('b', cancel)
    await expect.poll(() => told.toSorted()).toEqual(['a CANCELED', 'b CANCELED'])
    await recorder.settle()
    expect(told).toHaveLength(2)
    close()
  })

  it('is told when somebody asks for what is open, as the sweep does', async () => {
    const { recorder, told, close, fail } = start()
    await recorder.insert(sampleJob({ id: 'a' }), entry)
    told.length = 0
    fail(true)
    await expect(recorder.apply('a', cancel)).rejects.toThrow(HistoryUnavailableError)
    await recorder.settle()
    expect(told).toEqual(['a CANCELED'])
    close()
  })
})
