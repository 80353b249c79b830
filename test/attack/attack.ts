import type { World } from './world.ts'

/** What came back, in one word or two, and how much it was. */
export interface Answer {
  /** `401 UNAUTHENTICATED`: status and code; `closed 1009`: how a WebSocket was closed; or in words. */
  readonly outcome: string
  /** On the wire, with headers. */
  readonly bytes: number
}

/** Something hostile, and the bounds that it has to stay in. */
export interface Attack {
  readonly name: string
  readonly send: (world: World) => Promise<Answer>
  /** The outcome, or each of those that will do. */
  readonly answer: string | readonly string[]
  /** Default 4,000: one error and its headers. */
  readonly mostBytes?: number
  /** Of the gateways together. Default 1,000: what is refused costs a few, and one that is not refused costs seconds. */
  readonly mostCpuMs?: number
}

export interface Kind {
  readonly name: string
  readonly attacks: readonly Attack[]
  /** Whether they take long by waiting: they are sent together then, and so are their CPU times taken. */
  readonly together?: boolean
}

export const defaults = { mostBytes: 4_000, mostCpuMs: 1_000 } as const

/** Several answers as one: each outcome once, in their order. */
export function together(answers: readonly Answer[]): Answer {
  return {
    outcome: [...new Set(answers.map(({ outcome }) => outcome))].join(', '),
    bytes: answers.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}
