import { type Coverage, controlOf, type Mutant, type Request, type Verdict } from './mutant.ts'
import { type Plan, planOf } from './plan.ts'
import type { Pool, Worker } from './pool.ts'

export type Verdicts = ReadonlyMap<Mutant, Verdict>

export interface RunOptions {
  readonly pool: Pool
  readonly workers: number
  /** By `Date.now()`: what is under way then is broken off. */
  readonly endsAt: number
  readonly onVerdict: (mutant: Mutant, verdict: Verdict) => void
  /** Told why the last so many mutants of a worker are judged again, each in a process of its own. */
  readonly onTaint: (fault: string, mutants: number) => void
}

const coverLimitMs = 300_000 // 5 minutes
/** Beside the limits of its tests a mutant may take so long: for the modules, and for a machine under load. */
const slackMs = 20_000
/** After so many mutants a worker shows that the tests still pass in it as the code stands. */
const checkEvery = 100

const goesOn = ({ endsAt }: RunOptions) => Date.now() < endsAt

/** The answer of a worker; null, after which it is gone, if none came within the limit or before the end of the run. */
function ask(worker: Worker, request: Request, limitMs: number, { endsAt }: RunOptions) {
  return worker.ask(request, Math.max(Math.min(limitMs, endsAt - Date.now()), 0))
}

/**
 * Runs the tests on the code as it stands: which test runs what. Throws if one of them does not pass, or if the run ends
 * before they do.
 */
export async function coverAll(testFiles: readonly string[], options: RunOptions): Promise<Coverage[]> {
  const coverages: Coverage[] = []
  await share(testFiles, options, async (testFile, worker) => {
    coverages.push(await cover(worker, testFile, options))
  })
  if (coverages.length < testFiles.length)
    throw new Error('the time does not suffice for the tests themselves')
  return coverages
}

async function cover(worker: Worker, testFile: string, options: RunOptions): Promise<Coverage> {
  const answer = await ask(worker, { type: 'cover', testFile }, coverLimitMs, options)
  if (!answer && !goesOn(options)) throw new Error('the time does not suffice for the tests themselves')
  if (answer?.type !== 'covered') throw new Error(`${testFile} cannot be run: ${JSON.stringify(answer)}`)
  const { fault } = answer.coverage
  if (fault !== null) throw new Error(`${testFile} does not pass as the code stands: ${fault}`)
  return answer.coverage
}

/** A verdict for each mutant that was judged before the end. */
export async function judgeAll(
  mutants: readonly Mutant[],
  coverages: readonly Coverage[],
  options: RunOptions,
): Promise<Verdicts> {
  const verdicts = new Map<Mutant, Verdict>()
  const record = (mutant: Mutant, verdict: Verdict) => {
    verdicts.set(mutant, verdict)
    options.onVerdict(mutant, verdict)
  }
  const plans = mutants.map((mutant) => planOf(mutant, coverages))
  const judged = plans.filter(({ selections }) => selections.length > 0)
  for (const { mutant, selections } of plans) if (selections.length === 0) record(mutant, 'uncovered')
  await share(filesOf(judged), options, async (file, worker) => {
    const control = coverages.filter(({ loading, tests }) => {
      const ids = new Set([...loading, ...tests.flatMap(({ mutants: run }) => run)])
      return mutants.some((mutant) => mutant.file === file && ids.has(mutant.id))
    })
    const selections = control.map(({ testFile }) => ({ testFile, tests: null, limitMs: 60_000 }))
    const request: Request = { type: 'judge', id: controlOf(file), selections, hitLimit: 1 }
    const answer = await ask(worker, request, coverLimitMs, options)
    if (!answer && !goesOn(options)) return
    if (answer?.type !== 'judged' || answer.verdict === 'survived') {
      throw new Error(`the tests of ${file} do not notice that it cannot be loaded`)
    }
  })
  await judgeShared(judged, options, record)
  return verdicts
}

const filesOf = (plans: readonly Plan[]) => [...new Set(plans.map(({ mutant }) => mutant.file))]

async function judgeShared(
  plans: readonly Plan[],
  options: RunOptions,
  record: (mutant: Mutant, verdict: Verdict) => void,
): Promise<void> {
  const queue = [...plans]
  await inParallel(options.workers, async () => {
    let worker: Worker | undefined
    let unchecked: { readonly plan: Plan; readonly verdict: Verdict }[] = []
    /** Why tests fail though the code is as it stands: a mutant may have left something behind. Null if none does. */
    const faultOf = async () => {
      const files = new Set(unchecked.flatMap(({ plan }) => plan.selections.map(({ testFile }) => testFile)))
      for (const testFile of files) {
        const answer = worker && (await ask(worker, { type: 'cover', testFile }, coverLimitMs, options))
        if (!goesOn(options)) return null // What was judged last remains unchecked.
        if (answer?.type !== 'covered') return `${testFile} does not end`
        if (answer.coverage.fault !== null) return answer.coverage.fault
      }
      return null
    }
    const settle = async () => {
      const fault = worker && (await faultOf())
      if (fault) {
        options.onTaint(fault, unchecked.length)
        await worker?.close()
        worker = undefined
      }
      for (const { plan, verdict } of unchecked) {
        // Whatever was left behind makes nothing pass.
        if (!fault || verdict === 'survived') record(plan.mutant, verdict)
        else if (goesOn(options)) {
          const alone = await judgeAlone(plan, options)
          if (alone) record(plan.mutant, alone)
        }
      }
      unchecked = []
    }
    for (let plan = queue.shift(); plan && goesOn(options); plan = queue.shift()) {
      worker ??= await options.pool.open()
      const verdict = await judge(worker, plan, options)
      // Broken off at the end, it has no verdict.
      if (verdict !== null || goesOn(options)) unchecked.push({ plan, verdict: verdict ?? 'timedOut' })
      if (verdict === null) {
        // Its process was killed, so what came before cannot be checked in it. Hanging says nothing of it, though.
        worker = undefined
      }
      if (unchecked.length >= checkEvery || worker === undefined) await settle()
    }
    await settle()
    await worker?.close()
  })
}

async function judge(
  worker: Worker,
  { mutant, selections, hitLimit }: Plan,
  options: RunOptions,
): Promise<Verdict | null> {
  const limitMs = selections.reduce((sum, selection) => sum + selection.limitMs, slackMs)
  const request: Request = { type: 'judge', id: mutant.id, selections, hitLimit }
  const answer = await ask(worker, request, limitMs, options)
  if (answer?.type === 'fault') throw new Error(`a worker failed: ${answer.message}`)
  return answer?.type === 'judged' ? answer.verdict : null
}

async function judgeAlone(plan: Plan, options: RunOptions): Promise<Verdict | null> {
  const worker = await options.pool.open()
  try {
    const verdict = await judge(worker, plan, options)
    return verdict ?? (goesOn(options) ? 'timedOut' : null)
  } finally {
    await worker.close()
  }
}

/** Shares entries among workers, until the end of the run. */
async function share<T>(
  entries: readonly T[],
  options: RunOptions,
  take: (entry: T, worker: Worker) => Promise<void>,
): Promise<void> {
  const queue = [...entries]
  await inParallel(Math.min(options.workers, entries.length), async () => {
    const worker = await options.pool.open()
    for (let entry = queue.shift(); entry !== undefined && goesOn(options); entry = queue.shift()) {
      await take(entry, worker)
    }
    await worker.close()
  })
}

async function inParallel(count: number, work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, work))
}
