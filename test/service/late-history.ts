import { createMemoryEvents } from '../../src/events/memory.ts'
import type { JobStream } from '../../src/jobs/events.ts'
import type { Job } from '../../src/jobs/job.ts'
import type { JobReader, PageQuery } from '../../src/jobs/store.ts'
import { matches } from '../../src/service/follow.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { sampleJob } from '../support/job.ts'

/** A history that answers later, as one of many gateways does, and the events beside it. */
export function start(...jobs: readonly Job[]) {
  const clock = createFakeClock()
  const events = createMemoryEvents()
  let listening = 0
  const asked: PageQuery[] = []
  const find = (id: string) => jobs.find((job) => job.id === id) ?? null
  const counted = (stream: JobStream): JobStream => {
    listening += 1
    let over = false
    return {
      next: () => stream.next(),
      return: async () => {
        if (!over) listening -= 1
        over = true
        return (await stream.return?.()) ?? { done: true, value: undefined }
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }
  const reader = {
    job: async (id: string) => find(id),
    jobs: async (ids: readonly string[]) => ids.map(find),
    async page(query: PageQuery) {
      asked.push(query)
      const sorted = jobs.filter((job) => matches(job, query.filter))
      const { after } = query
      const from = after ? sorted.findIndex((job) => job.id === after.id) + 1 : 0
      return sorted.slice(from, from + query.limit)
    },
  } as unknown as JobReader
  return {
    asked,
    clock,
    events,
    reader,
    listening: () => listening,
    options: {
      reader,
      clock,
      events: {
        ...events,
        ofJob: (id: string) => counted(events.ofJob(id)),
        ofAll: (wanted: (job: Job) => boolean) => counted(events.ofAll(wanted)),
      },
    },
  }
}

export const a = sampleJob({ id: 'a' })
export const change = (version: number, state: Job['state'] = 'PROCESSING'): Job => ({ ...a, version, state })
export const read = async (stream: JobStream) => {
  const { done, value } = await stream.next()
  return done ? 'end' : value.version
}

/** Events that have ended. */
export const over: JobStream = {
  next: async () => ({ done: true, value: undefined }),
  [Symbol.asyncIterator]: () => over,
}
