import type { JobStream } from '../../src/jobs/events.ts'
import type { Job } from '../../src/jobs/job.ts'
import type { Random } from '../support/random.ts'
import { type History, isOver } from './history.ts'
import type { Host, Reply } from './host.ts'
import type { Life } from './life.ts'
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

export interface Users {
  readonly told: Told
  /** Users who still want something. */
  readonly busy: () => number
}

/** Between two tries of the same question. */
const pauseMs = 3_000
const model = 'wavespeed-ai/wan-2.1/v2v-480p-lora'

export function startUsers(options: {
  readonly wishes: readonly Wish[]
  /** Whether each change is told as it is committed. */
  readonly inOrder: boolean
  readonly modules: Modules
  readonly host: Host
  readonly history: History
  readonly judge: Judge
  readonly time: Time
  readonly random: Random
  readonly trace: Trace
}): Users {
  const { wishes, inOrder, modules, host, history, judge, time, random, trace } = options
  const told: Told = { created: new Map(), free: new Set(), deleting: new Set() }
  let busy = 0

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
    const ask = () => host.ask((core) => core.service.create(model, draft, key))
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

  async function cancel(id: string): Promise<void> {
    const done = await insist('cancel', () => host.ask((core) => core.service.cancel(id)))
    if (done && !done.stillBilled) told.free.add(id)
  }

  async function retry(old: Job): Promise<Job | null> {
    const key = `retry-${old.id}`
    const job = await insist('retry', () => host.ask((core) => core.service.retry(old.id, key)))
    if (job) acknowledge(job, old.prompt)
    return job
  }

  async function remove(id: string, everywhere: boolean): Promise<void> {
    told.deleting.add(id)
    for (let tries = 0; tries < 5 && history.rows.has(id); tries += 1) {
      const gone = await insist('delete', () => host.ask((core) => core.service.remove(id, everywhere)))
      if (gone) return
      await time.sleep(40_000)
    }
  }

  /** Follows a job to its end, over every restart; one who `leaves` does so after a while. */
  async function follow(id: string, wish: Wish): Promise<void> {
    const heartbeatMs = wish.heartbeat ? 15_000 : null
    const leaveAt =
      wish.follows === 'leaves' ? time.now() + random.whole(100, 60_000) : Number.POSITIVE_INFINITY
    let version = 0
    while (time.now() < leaveAt) {
      const opened = answerTo(
        'follow',
        await host.ask(async (core, life) => ({
          life,
          stream: await (wish.follows === 'jobs'
            ? modules.followJobs(core.follow, [id], {})
            : modules.followJob(core.follow, id, heartbeatMs)),
        })),
      )
      if (opened === null) {
        if (!history.rows.has(id)) return
        await time.sleep(pauseMs)
        continue
      }
      const read = await readStream(id, opened, version, wish, leaveAt)
      if (read.over) return
      version = read.version
    }
  }

  async function readStream(
    id: string,
    { stream, life }: { readonly stream: JobStream; readonly life: Life },
    before: number,
    wish: Wish,
    leaveAt: number,
  ) {
    let version = before
    let present: Job | null = null
    const died = life.died.then(() => 'died' as const)
    for (;;) {
      const leaving =
        leaveAt === Number.POSITIVE_INFINITY
          ? []
          : [time.sleep(leaveAt - time.now()).then(() => 'left' as const)]
      const next = await Promise.race([stream.next().catch(() => 'broken' as const), died, ...leaving])
      if (next === 'left') {
        await stream.return?.()
        return { version, over: true }
      }
      if (next === 'died' || next === 'broken') return { version, over: false }
      if (next.done) {
        const ended = present !== null && isOver(present)
        if (!ended && history.rows.has(id))
          judge.report('stream-end', `${id} ended at ${present?.state} v${version}`)
        return { version, over: true }
      }
      const job: Job = next.value
      trace.line('user', `hears of ${id} ${job.state} v${job.version}`)
      const repeats = present === null || wish.heartbeat
      if (job.version < version || (job.version === version && !repeats)) {
        judge.report('stream-grows', `${id} v${job.version} after v${version}`)
      }
      if (inOrder && present !== null && job.version > present.version + 1) {
        judge.report('stream-whole', `${id} v${job.version} after v${present.version}`)
      }
      if (present !== null && isOver(present)) judge.report('stream-end', `${id} goes on after its end`)
      version = job.version
      present = job
    }
  }

  async function live(wish: Wish, index: number): Promise<void> {
    await time.sleep(wish.at)
    let job = await create(wish, wish.keyed ? `key-${index}` : null)
    for (let tries = 0; job !== null; tries += 1) {
      const { id } = job
      const followed = wish.follows === null ? null : follow(id, wish)
      if (wish.cancelAfterMs !== null && tries === 0) {
        await time.sleep(wish.cancelAfterMs)
        await cancel(id)
      }
      await history.when(id, isOver)
      await followed
      const ended = history.rows.get(id)
      const again = wish.retries && tries < 2 && ended && ended.state !== 'COMPLETED'
      job = again ? await retry(ended) : null
      if (wish.deletes !== null) {
        await time.sleep(random.whole(0, 20_000))
        await remove(id, wish.deletes === 'everywhere')
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
