import type { Job } from '../../src/jobs/job.ts'
import type { History } from './history.ts'
import type { Hosts, Reply } from './hosts.ts'
import type { Modules } from './modules.ts'
import type { Wish } from './plan.ts'
import type { Judge } from './rules.ts'
import type { Time, Trace } from './time.ts'

/** What users were told, for the rules at the end. */
export interface Told {
  /** Jobs that were acknowledged, with the prompt that was asked for. */
  readonly created: Map<string, string>
  /** Jobs that were canceled with the words that nothing is billed. */
  readonly free: Set<string>
  /** Jobs that a user asked to delete. */
  readonly deleting: Set<string>
}

/** Between two tries of the same question. */
export const pauseMs = 3_000
const model = 'wavespeed-ai/wan-2.1/v2v-480p-lora'

export interface RequestOptions {
  readonly modules: Modules
  readonly hosts: Hosts
  readonly history: History
  readonly judge: Judge
  readonly time: Time
  readonly trace: Trace
}

/** What users ask for, until they know what became of it; `told` keeps what they were told. */
export function createRequests(options: RequestOptions, told: Told) {
  const { modules, hosts, history, judge, time, trace } = options

  /** The value of an answer; null if there was none. Every error has to be one of the catalogue. */
  function answerTo<T>(what: string, reply: Reply<T>): T | null {
    if (reply.kind === 'answered') return reply.value
    const words = reply.kind === 'lost' ? 'no answer' : String(reply.error)
    trace.line('user', `${what}: ${words}`)
    if (reply.kind === 'failed' && !(reply.error instanceof modules.ExpectedError)) {
      judge.report('errors-foreseen', `${what}: ${words}`)
    }
    return null
  }

  /** Asks until there is an answer of any kind but "the history is not available". */
  async function insist<T>(what: string, ask: () => Promise<Reply<T>>): Promise<T | null> {
    for (;;) {
      const reply = await ask()
      const passing =
        reply.kind === 'lost' ||
        (reply.kind === 'failed' && reply.error instanceof modules.HistoryUnavailableError)
      const value = answerTo(what, reply)
      if (!passing) return value
      await time.sleep(pauseMs)
    }
  }

  async function create(wish: Wish, key: string | null): Promise<Job | null> {
    const draft = {
      video: 'https://clips.test/a.mp4',
      prompt: wish.prompt,
      ...(wish.seed !== null && { seed: wish.seed }),
    }
    const ask = () => hosts.ask((core) => core.open(wish).service.create(model, draft, key))
    // Without a key a second try could make a second job.
    const job = key === null ? answerTo('create', await ask()) : await insist('create', ask)
    if (job) acknowledge(job, wish.prompt)
    return job
  }

  function acknowledge(job: Job, prompt: string): void {
    trace.line('user', `is told of ${job.id}`)
    if (!history.rows.has(job.id) && !told.deleting.has(job.id))
      judge.report('create-lasts', `${job.id} was never written`)
    told.created.set(job.id, prompt)
  }

  async function cancel({ id, tenant }: Job): Promise<void> {
    const done = await insist('cancel', () => hosts.ask((core) => core.open({ tenant }).service.cancel(id)))
    if (done && !done.stillBilled) told.free.add(id)
  }

  async function retry(old: Job): Promise<Job | null> {
    const key = `retry-${old.id}`
    const job = await insist('retry', () => hosts.ask((core) => core.open(old).service.retry(old.id, key)))
    if (job) acknowledge(job, old.prompt)
    return job
  }

  async function remove({ id, tenant }: Job, everywhere: boolean): Promise<void> {
    told.deleting.add(id)
    for (let tries = 0; tries < 5 && history.rows.has(id); tries += 1) {
      const gone = await insist('delete', () =>
        hosts.ask((core) => core.open({ tenant }).service.remove(id, everywhere)),
      )
      if (gone) return
      await time.sleep(40_000)
    }
  }

  return { answerTo, create, cancel, retry, remove }
}

export type Requests = ReturnType<typeof createRequests>
