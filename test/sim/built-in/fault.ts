import type { RuleName } from '../rules.ts'

/** A fault that is built into a copy of the source: the simulator has to find it, by one of these rules, within so many seeds. */
export interface BuiltIn {
  readonly name: string
  readonly rules: readonly RuleName[]
  readonly within: number
  /** How many share the history; one has it to itself by default. */
  readonly gateways?: number
  /** Each text is there exactly once. */
  readonly changes: readonly { readonly file: string; readonly from: string; readonly to: string }[]
}

export const change = (file: string, from: string, to: string) => ({ file, from, to })
