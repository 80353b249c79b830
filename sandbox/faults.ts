import { z } from 'zod'
import { type Operation, operations } from './ledger.ts'
import type { Clock } from './options.ts'

const status = z.int().min(400).max(599)

const scope = {
  /** Which requests it applies to; default any. Faults of the task apply to submits only. */
  on: z.enum([...operations, 'any']).optional(),
  /** Only requests for this prediction. */
  predictionId: z.string().optional(),
  /** How many requests it applies to; default no end. */
  times: z.int().min(1).optional(),
  /** For how long it applies; default no end. */
  seconds: z.number().positive().optional(),
}
/** `true`: the request takes effect first, and only then the fault meets its answer. */
const after = z.boolean().optional()

/** Faults that meet a request or its answer. */
const answerFaults = [
  z.strictObject({ kind: z.literal('unauthorized'), ...scope }),
  z.strictObject({ kind: z.literal('rate-limited'), retryAfter: z.int().min(0).optional(), ...scope }),
  z.strictObject({ kind: z.literal('server-error'), status: status.default(503), after, ...scope }),
  z.strictObject({ kind: z.literal('slow'), ms: z.number().min(0).default(3_000), after, ...scope }),
  /** Reads the body of the request no faster than that; 0 is not at all. */
  z.strictObject({
    kind: z.literal('slow-read'),
    bytesPerSecond: z.number().min(0).default(100_000),
    ...scope,
  }),
  z.strictObject({ kind: z.literal('hang'), after, ...scope }),
  z.strictObject({ kind: z.literal('cut-before'), ...scope }),
  z.strictObject({ kind: z.literal('cut-after'), ...scope }),
  z.strictObject({
    kind: z.literal('not-json'),
    status: z.int().min(200).max(599).default(502),
    after,
    ...scope,
  }),
  z.strictObject({ kind: z.literal('wrong-shape'), after, ...scope }),
  z.strictObject({ kind: z.literal('envelope-error'), code: z.int().default(500), after, ...scope }),
  /** The answer's `data` with these members in place of its own; one that is undefined is left out. */
  z.strictObject({ kind: z.literal('odd-members'), members: z.record(z.string(), z.unknown()), ...scope }),
  z.strictObject({
    kind: z.literal('compressed'),
    encoding: z.enum(['gzip', 'deflate', 'br']).default('gzip'),
    ...scope,
  }),
] as const

/** Faults that the created task carries with it. */
const taskFaults = [
  z.strictObject({
    kind: z.literal('unknown-status'),
    status: z.string().min(1).default('rendering'),
    /** How long the status stands before the task goes on; default for ever. */
    forSeconds: z.number().positive().optional(),
    ...scope,
  }),
  z.strictObject({ kind: z.literal('fail'), code: z.int().default(1405), ...scope }),
  z.strictObject({
    kind: z.literal('vendor-status'),
    status: z.enum(['cancelled', 'timeout', 'deleted']).default('cancelled'),
    ...scope,
  }),
  z.strictObject({ kind: z.literal('nsfw'), ...scope }),
  z.strictObject({ kind: z.literal('lost-output'), ...scope }),
  z.strictObject({ kind: z.literal('never-finishes'), ...scope }),
  z.strictObject({ kind: z.literal('webhook-never'), ...scope }),
  z.strictObject({ kind: z.literal('webhook-twice'), ...scope }),
  z.strictObject({
    kind: z.literal('webhook-late'),
    /** How long after the task's end its webhook is sent. */
    bySeconds: z.number().positive().default(60),
    ...scope,
  }),
] as const

const faultSchema = z.discriminatedUnion('kind', [...answerFaults, ...taskFaults])
const taskFaultSchema = z.discriminatedUnion('kind', [...taskFaults])

/** A fault as it is switched on; see docs/sandbox.md for what each kind does. */
export type FaultInput = z.input<typeof faultSchema>
/** A fault with its defaults filled in. */
export type Fault = z.output<typeof faultSchema>
export type TaskFault = z.output<typeof taskFaultSchema>
export type AnswerFault = Exclude<Fault, TaskFault>

/** The kinds, in the order of the documentation. */
export const faultKinds: readonly string[] = [...answerFaults, ...taskFaults].map((it) => it.shape.kind.value)

const taskKinds = new Set<string>(taskFaults.map((it) => it.shape.kind.value))

export function isTaskFault(fault: Fault): fault is TaskFault {
  return taskKinds.has(fault.kind)
}

/** Faults that are switched on for a while. */
export interface Faults {
  /** Switches a fault on and returns how to switch it off. Throws on a fault it does not understand. */
  add(fault: FaultInput): () => void
  /** The faults that are on, with the times they have left. */
  list(): Fault[]
  /** Switches all off. */
  clear(): void
}

/** The same, as the server sees it. */
export interface FaultSource extends Faults {
  /** The faults that meet this request; each is used up by one. */
  take(operation: Operation, predictionId: string | undefined): Fault[]
  /** How many bytes of a body are read in a second; null for no limit. */
  takeReadRate(operation: Operation): number | null
}

/** Reads a fault from outside; the message of what it throws names every mistake. */
export function parseFault(value: unknown): Fault {
  const { kind } = (value ?? {}) as { kind?: unknown }
  if (typeof kind !== 'string' || !faultKinds.includes(kind)) {
    throw new Error(`unknown fault ${JSON.stringify(kind)}; the kinds are ${faultKinds.join(', ')}`)
  }
  const parsed = faultSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const mistakes = parsed.error.issues.map((it) => `${it.path.join('.') || kind}: ${it.message}`)
  throw new Error(mistakes.join('; '))
}

export function createFaults(clock: Pick<Clock, 'now'>): FaultSource {
  let active: { fault: Fault; until: number }[] = []

  const current = () => {
    active = active.filter(({ fault, until }) => until > clock.now() && fault.times !== 0)
    return active
  }

  function use(meets: (fault: Fault) => boolean): Fault[] {
    const met = current().filter(({ fault }) => meets(fault))
    for (const { fault } of met) if (fault.times !== undefined) fault.times--
    return met.map(({ fault }) => fault)
  }

  return {
    add(input) {
      const fault = { ...parseFault(input) }
      const until =
        fault.seconds === undefined ? Number.POSITIVE_INFINITY : clock.now() + fault.seconds * 1_000
      const added = { fault, until }
      active.push(added)
      return () => {
        active = active.filter((it) => it !== added)
      }
    },
    list: () => current().map(({ fault }) => ({ ...fault })),
    clear() {
      active = []
    },
    take(operation, predictionId) {
      return use((fault) => fault.kind !== 'slow-read' && applies(fault, operation, predictionId))
    },
    takeReadRate(operation) {
      const met = use((fault) => fault.kind === 'slow-read' && applies(fault, operation, undefined))
      const rates = met.flatMap((fault) => (fault.kind === 'slow-read' ? fault.bytesPerSecond : []))
      return rates.length === 0 ? null : Math.min(...rates)
    },
  }
}

function applies(fault: Fault, operation: Operation, predictionId: string | undefined): boolean {
  const on = isTaskFault(fault) ? 'submit' : (fault.on ?? 'any')
  if (on !== 'any' && on !== operation) return false
  return fault.predictionId === undefined || fault.predictionId === predictionId
}
