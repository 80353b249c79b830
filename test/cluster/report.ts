import { disagreements } from '../crash/agreement.ts'
import type { ClusterResult } from './run.ts'
import { isTerminal } from './users.ts'

/** Prints what happened, and every rule that does not hold; answers whether all do. */
export function report(result: ClusterResult, faults: readonly string[]): boolean {
  const { history, tasks, followers, counts } = result
  const late = delays(result)
  const at = (share: number) => late[Math.min(late.length - 1, Math.floor(late.length * share))]
  const figures = {
    jobs: history.length,
    states: tally(history, ({ state }) => state),
    'tasks made': tasks.length,
    duplicates: tasks.length - new Set(tasks.map(({ input }) => input.prompt)).size,
    'refused for rate, for concurrency': [counts.rateRefusals, counts.concurrencyRefusals],
    'most tasks at once': counts.peakTasks,
    polls: counts.byOperation.result,
    subscribers: followers.length,
    'streams that were begun again': followers.reduce((sum, { streams }) => sum + streams - 1, 0),
    'from the end of a task to the last event, ms': { jobs: late.length, p50: at(0.5), p99: at(0.99) },
    seconds: result.seconds,
  }
  const wrong = [...faults, ...disagreements(result.told, history, tasks), ...followers.flatMap(unseen)]
  if (counts.rateRefusals + counts.concurrencyRefusals > 0) wrong.push('the sandbox refused submits')
  return conclude(figures, wrong)
}

/** Prints figures, and what is wrong with them; answers whether nothing is. */
export function conclude(figures: Readonly<Record<string, unknown>>, wrong: readonly string[]): boolean {
  const width = Math.max(...Object.keys(figures).map((name) => name.length))
  process.stdout.write('\n')
  for (const [name, value] of Object.entries(figures)) {
    process.stdout.write(`${name.padEnd(width)}  ${JSON.stringify(value)}\n`)
  }
  for (const line of wrong.slice(0, 50)) process.stdout.write(`WRONG ${line}\n`)
  process.stdout.write(wrong.length === 0 ? 'ok: every rule holds\n' : `FAILED: ${wrong.length} faults\n`)
  return wrong.length === 0
}

/** What a subscriber should have seen and did not. */
function unseen({ jobId, gateway, events, streams }: ClusterResult['followers'][number]): string[] {
  const who = `the subscriber of ${jobId} at gateway ${gateway + 1}`
  const wrong: string[] = []
  if (!isTerminal(events.at(-1)?.state ?? '')) wrong.push(`${who} did not see the end`)
  const again = events.some((event, index) => {
    const before = events[index - 1]
    return before && before.connection === event.connection && before.version >= event.version
  })
  if (again && streams === 1) wrong.push(`${who} was told a state twice, or an older one after it`)
  return wrong
}

/** Of jobs whose task ended when all was quiet again: how long until its last subscriber knew. Sorted. */
function delays({ history, tasks, followers, quietSince }: ClusterResult): number[] {
  const endOf = new Map(tasks.map(({ id, endsAt }) => [id, endsAt]))
  return history
    .flatMap(({ id, predictionId, state }) => {
      const endsAt = endOf.get(predictionId ?? '')
      if (endsAt === undefined || endsAt < quietSince || state !== 'COMPLETED') return []
      const seen = followers
        .filter(({ jobId }) => jobId === id)
        .map(({ events }) => events.at(-1)?.at ?? Number.NaN)
      return [Math.round(Math.max(...seen) - endsAt)]
    })
    .sort((one, other) => one - other)
}

function tally<T>(list: readonly T[], keyOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const item of list) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1
  return counts
}
