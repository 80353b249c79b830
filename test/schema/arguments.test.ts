import { afterEach, beforeEach, expect, it } from 'vitest'
import { JobStateError } from '../../src/service/error.ts'
import type { JobService } from '../../src/service/service.ts'
import { createTestApi } from '../support/api.ts'
import { sampleJob } from '../support/job.ts'
import { openSqliteStore, type SqliteStore } from '../support/stores.ts'

let store: SqliteStore
beforeEach(() => {
  store = openSqliteStore({ file: ':memory:' })
})
afterEach(() => store.close())

it.each(['', '(orderBy: null)', '(orderBy: $order)'])(
  'lists the newest jobs first by default: %s',
  async (args) => {
    for (const [createdAt, id] of ['a', 'b'].entries()) {
      const job = sampleJob({ id, createdAt })
      store.insert(job, { version: 1, at: 1, state: job.state, message: 'Recorded.' })
    }
    const variable = args.includes('$') ? '($order: JobOrder)' : ''
    const answer = await createTestApi(store)(`query ${variable} { jobs${args} { edges { node { id } } } }`, {
      order: null,
    })
    expect(answer).toEqual({ jobs: { edges: [{ node: { id: 'b' } }, { node: { id: 'a' } }] } })
  },
)

it.each(['', ', fromVendor: null', ', fromVendor: false'])(
  'deletes nothing at the vendor by default: (id%s)',
  async (args) => {
    const asked: unknown[] = []
    const service = {
      async remove(id: string, fromVendor: boolean) {
        asked.push(fromVendor)
        return sampleJob({ id })
      },
    } as unknown as JobService
    const answer = await createTestApi(
      store,
      service,
    )(`mutation { deleteJob(id: "a"${args}) { ... on DeleteJobSuccess { deletedJobId } } }`)
    expect(answer).toEqual({ deleteJob: { deletedJobId: 'a' } })
    expect(asked).toEqual([false])
  },
)

it('tells the state of a job and those that are allowed as data', async () => {
  const service = {
    async retry() {
      throw new JobStateError('retried', 'QUEUED', ['FAILED', 'CANCELED'])
    },
  } as unknown as JobService
  const answer = await createTestApi(
    store,
    service,
  )('mutation { retryJob(id: "a") { ... on Error { code } ... on JobStateError { state allowed } } }')
  expect(answer).toEqual({
    retryJob: { code: 'JOB_STATE', state: 'QUEUED', allowed: ['FAILED', 'CANCELED'] },
  })
})
