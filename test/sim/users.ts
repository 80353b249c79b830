import type { Job } from '../../src/jobs/job.ts'
import { isOver } from './history.ts'
import type { Wish } from './plan.ts'
import { createReaders, type ReaderOptions } from './readers.ts'
import { createRequests, type RequestOptions, type Told } from './requests.ts'

export interface Users {
  readonly told: Told
  /** Users who still want something. */
  readonly busy: () => number
}

export function startUsers(
  options: RequestOptions & ReaderOptions & { readonly wishes: readonly Wish[] },
): Users {
  const { wishes, history, time, random } = options
  const told: Told = { created: new Map(), free: new Set(), deleting: new Set() }
  let busy = 0

  const requests = createRequests(options, told)
  const readers = createReaders(options, requests.answerTo)

  async function live(wish: Wish, index: number): Promise<void> {
    await time.sleep(wish.at)
    let job = await requests.create(wish, wish.keyed ? `key-${index}` : null)
    for (let tries = 0; job !== null; tries += 1) {
      const { id } = job
      const followed = wish.follows === null ? null : readers.follow(id, wish)
      if (wish.cancelAfterMs !== null && tries === 0) {
        await time.sleep(wish.cancelAfterMs)
        await requests.cancel(job)
      }
      await history.when(id, isOver)
      await followed
      const ended = history.rows.get(id)
      const again = wish.retries && tries < 2 && ended && ended.state !== 'COMPLETED'
      const over: Job = job
      job = again ? await requests.retry(ended) : null
      if (wish.deletes !== null) {
        await time.sleep(random.whole(0, 20_000))
        await requests.remove(over, wish.deletes === 'everywhere')
      }
    }
  }

  for (const [index, wish] of wishes.entries()) {
    busy += 1
    void live(wish, index).finally(() => {
      busy -= 1
    })
  }
  return { told, busy: () => busy }
}
