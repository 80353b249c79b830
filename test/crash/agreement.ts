import type { HistoryJob } from './client.ts'
import type { VendorTask } from './vendor.ts'

const terminal = ['COMPLETED', 'FAILED', 'CANCELED']

/** Codes of jobs that the vendor never took. */
const neverTaken = ['SUBMISSION_UNKNOWN', 'MEDIA_UNREACHABLE', 'INPUT_REFUSED']

/** Every way in which what the clients were told, the history and the vendor's own books disagree; none, if all is well. */
export function disagreements(
  told: ReadonlyMap<string, string>,
  history: readonly HistoryJob[],
  tasks: readonly VendorTask[],
): string[] {
  const byPrompt = groupBy(tasks, (task) => task.input.prompt)
  return [
    ...recorded(told, history),
    ...[...byPrompt.values()]
      .filter((made) => made.length > 1)
      .map(
        (made) =>
          `sent twice and billed twice: ${made.map(({ id }) => id).join(' and ')} (${made[0]?.input.prompt})`,
      ),
    ...[...groupBy(tasks, ({ input }) => JSON.stringify(input)).values()]
      .filter((made) => made.length > 1)
      .map((made) => `the same input was taken ${made.length} times (${made[0]?.input.prompt})`),
    ...[
      ...groupBy(
        history.filter(({ predictionId }) => predictionId),
        ({ predictionId }) => predictionId,
      ),
    ]
      .filter(([, jobs]) => jobs.length > 1)
      .map(([id, jobs]) => `${jobs.map((job) => job.id).join(' and ')} share the prediction ${id}`),
    ...history.flatMap((job) =>
      [...ofTimeline(job), ...ofTask(job, byPrompt.get(job.input.prompt)?.[0])].map(
        (fault) => `${job.id} ${job.state} ${job.error?.code ?? ''} (${job.input.prompt}): ${fault}`,
      ),
    ),
  ]
}

/** Each client has exactly one job: the one it was told of. */
function recorded(told: ReadonlyMap<string, string>, history: readonly HistoryJob[]): string[] {
  const faults: string[] = []
  const jobs = groupBy(history, (job) => job.input.prompt)
  for (const [prompt, id] of told) {
    const made = (jobs.get(prompt) ?? []).map((job) => job.id)
    if (made.length !== 1 || made[0] !== id) faults.push(`${prompt}: told ${id}, recorded ${made.join(', ')}`)
  }
  if (history.length !== told.size) faults.push(`${history.length} jobs for ${told.size} clients`)
  return faults
}

function ofTimeline({ state, version, timeline }: HistoryJob): string[] {
  const faults: string[] = []
  if (!terminal.includes(state)) faults.push('not finished')
  if (timeline.some((entry, index) => entry.version !== index + 1) || timeline.length !== version) {
    faults.push(`version ${version}, timeline ${timeline.map((entry) => entry.version).join(' ')}`)
  }
  if (timeline.filter((entry) => terminal.includes(entry.state)).length > 0) {
    const first = timeline.findIndex((entry) => terminal.includes(entry.state))
    if (timeline.slice(first).some((entry) => entry.state !== state)) faults.push('left a terminal state')
  }
  return faults
}

/** What became of the job against what became of the task, if the vendor made one of it. */
function ofTask(job: HistoryJob, task: VendorTask | undefined): string[] {
  const { state, error, predictionId } = job
  if (predictionId !== null && predictionId !== task?.id) return [`holds ${predictionId}, not ${task?.id}`]
  if (state === 'CANCELED') return []
  if (!task) {
    return state === 'FAILED' && neverTaken.includes(error?.code ?? '') ? [] : ['the vendor never made it']
  }
  if (task.input.seed !== job.input.seed) return [`the vendor was sent the seed ${task.input.seed}`]
  if (predictionId === null) return [`the vendor has it as ${task.id}, and it was not found`]
  switch (task.status) {
    case 'completed':
      return state === 'COMPLETED' && job.outputs.length === 1 ? [] : ['the vendor completed it']
    case 'created':
    case 'processing':
      return error?.code === 'DEADLINE_EXCEEDED' ? [] : ['the vendor still works on it']
    default:
      return state === 'FAILED' && error?.code !== 'DEADLINE_EXCEEDED'
        ? []
        : [`the vendor says ${task.status}`]
  }
}

function groupBy<T, K>(list: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of list) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return groups
}
