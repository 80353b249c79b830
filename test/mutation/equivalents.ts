import list from './equivalents.json' with { type: 'json' }

/** A mutant that is the same program, so that no test can tell it from the code. */
export interface Equivalent {
  readonly file: string
  readonly mutator: string
  readonly original: string
  readonly replacement: string
  /** The line that it begins on. */
  readonly within: string
  readonly reason: string
}

export const equivalents: readonly Equivalent[] = list
