import type { JobStream } from '../../src/jobs/events.ts'
import type { Job } from '../../src/jobs/job.ts'
import type { Random } from '../support/random.ts'
import { isOver } from './history.ts'
import type { Life } from './life.ts'
import type { Wish } from './plan.ts'
import { pauseMs, type RequestOptions, type Requests } from './requests.ts'

export interface ReaderOptions extends RequestOptions {
  /** Whether each change is told as it is committed. */
  readonly inOrder: boolean
  /** Whether nothing keeps a gateway from reading and telling. */
  readonly unhindered: boolean
  readonly random: Random
}

/** A gateway that missed a message reads the rows every five seconds. */
const soonMs = 10_000

/** Users who follow jobs, and what their streams promise. */
export function createReaders(options: ReaderOptions, answerTo: Requests['answerTo']) {
  const { inOrder, unhindered, modules, hosts, history, judge, time, random, trace } = options

  /** Follows a job to its end, over every restart; one who `leaves` does so after a while. */
  async function follow(id: string, wish: Wish): Promise<void> {
    const heartbeatMs = wish.heartbeat ? 15_000 : null
    const leaveAt =
      wish.follows === 'leaves' ? time.now() + random.whole(100, 60_000) : Number.POSITIVE_INFINITY
    let version = 0
    while (time.now() < leaveAt) {
      const opened = answerTo(
        'follow',
        await hosts.ask(async (core, life) => ({
          life,
          stream: await (wish.follows === 'jobs'
            ? modules.followJobs(core.open(wish).follow, [id], {})
            : modules.followJob(core.open(wish).follow, id, heartbeatMs)),
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
      const lateMs = time.now() - (history.ended.get(id) ?? time.now())
      if (unhindered && present !== null && !isOver(present) && isOver(job) && lateMs > soonMs) {
        judge.report('stream-soon', `${id} is told to have ended ${lateMs} ms late`)
      }
      if (present !== null && isOver(present)) judge.report('stream-end', `${id} goes on after its end`)
      version = job.version
      present = job
    }
  }

  return { follow }
}
