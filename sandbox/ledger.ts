/** What a request asked for. */
export const operations = [
  'submit',
  'result',
  'list',
  'delete',
  'balance',
  'price',
  'models',
  'billing',
  'usage',
  'secret',
  'ticket',
  'put',
  'upload',
  'preflight',
  'download',
  'unknown',
] as const

export type Operation = (typeof operations)[number]

/**
 * How a request ended: the HTTP status, `cut` (connection destroyed without an answer), `hung` (never answered), `gone`
 * (the client left first), or `open` (not ended yet).
 */
type Outcome = number | 'cut' | 'hung' | 'gone' | 'open'

/** One request that reached the sandbox. */
export interface LedgerEntry {
  /** Milliseconds since 1970 by the sandbox's clock. */
  readonly at: number
  readonly method: string
  /** Path with its query. */
  readonly path: string
  readonly operation: Operation
  status: Outcome
  /** The prediction asked for, or the one that the submit created, even if its answer was lost. */
  predictionId?: string
  model?: string
  /** The body of a submit, without the dropped keys. */
  input?: { readonly [key: string]: unknown }
  /** Keys of the body that the vendor would have dropped without a word. */
  dropped?: readonly string[]
  /** Kinds of the faults that were applied. */
  faults?: readonly string[]
}

/** Each member that is given has to be equal. */
export interface LedgerFilter {
  operation?: Operation | undefined
  predictionId?: string | undefined
  model?: string | undefined
  status?: Outcome | undefined
  /** Text that the prompt of a submit contains. */
  prompt?: string | undefined
}

/** Sums since the start, which the bound on entries does not touch. */
interface LedgerCounts {
  requests: number
  byOperation: { readonly [operation in Operation]: number }
  /** Submits that created a task, whether or not the answer arrived. */
  accepted: number
  /** Submits refused because of the videos per minute. */
  rateRefusals: number
  /** Submits refused because of the concurrent tasks (`overflow: 'reject'`). */
  concurrencyRefusals: number
  /** Tasks that had to wait for a slot (`overflow: 'wait'`). */
  waited: number
  /** Most tasks that were accepted and unfinished at once, waiting ones included. */
  peakTasks: number
}

/** Every request the sandbox got, newest 200,000, for tests to ask. */
export interface Ledger {
  requests(filter?: LedgerFilter): LedgerEntry[]
  /** Submits, whatever became of them. */
  submits(filter?: Omit<LedgerFilter, 'operation'>): LedgerEntry[]
  /** Polls of one prediction, or of any. */
  polls(predictionId?: string): LedgerEntry[]
  counts(): LedgerCounts
  /** Forgets entries and sums. */
  clear(): void
}

/** The ledger as the sandbox itself sees it. */
export interface LedgerWriter extends Ledger {
  record(entry: LedgerEntry): LedgerEntry
  count(what: 'accepted' | 'rateRefusals' | 'concurrencyRefusals' | 'waited'): void
  /** Notes how many tasks are unfinished now. */
  tasks(unfinished: number): void
}

/** A ledger that keeps the newest `bound` entries. */
export function createLedger(bound = 200_000): LedgerWriter {
  let entries: LedgerEntry[] = []
  let sums = noSums()

  const requests = (filter: LedgerFilter = {}) => {
    const { prompt, ...equal } = filter
    const wanted = Object.entries(equal).filter(([, value]) => value !== undefined)
    return entries.slice(-bound).filter((entry) => {
      const { [promptKey]: text } = entry.input ?? {}
      const says = prompt === undefined || (typeof text === 'string' && text.includes(prompt))
      return says && wanted.every(([key, value]) => entry[key as keyof LedgerEntry] === value)
    })
  }

  return {
    requests,
    submits: (filter = {}) => requests({ ...filter, operation: 'submit' }),
    polls: (predictionId) => requests({ operation: 'result', predictionId }),
    counts: () => ({ ...sums, byOperation: { ...sums.byOperation } }),
    clear() {
      entries = []
      sums = noSums()
    },
    record(entry) {
      entries.push(entry)
      // Cut in large steps, since moving the array for every request would cost more than the request.
      if (entries.length > bound + 10_000) entries = entries.slice(-bound)
      sums.requests++
      sums.byOperation[entry.operation]++
      return entry
    },
    count(what) {
      sums[what]++
    },
    tasks(unfinished) {
      sums.peakTasks = Math.max(sums.peakTasks, unfinished)
    },
  }
}

const promptKey = 'prompt'

function noSums() {
  const byOperation = Object.fromEntries(operations.map((it) => [it, 0])) as Record<Operation, number>
  return {
    requests: 0,
    byOperation,
    accepted: 0,
    rateRefusals: 0,
    concurrencyRefusals: 0,
    waited: 0,
    peakTasks: 0,
  }
}
