/** One small change of the code. */
export interface Mutant {
  /** Of this run only: it says which change is switched on. */
  readonly id: string
  readonly file: string
  readonly mutator: string
  readonly line: number
  readonly original: string
  readonly replacement: string
  /** The line it begins on, as it stands in the file. */
  readonly within: string
}

export type Verdict =
  | 'killed'
  /** Its tests did not end. */
  | 'timedOut'
  | 'survived'
  /** No test runs the code. */
  | 'uncovered'

/** What the tests of one file run, as numbers of mutants. */
export interface Coverage {
  readonly testFile: string
  /** What is run as the file and what it imports is loaded, or by hooks of all its tests. */
  readonly loading: readonly string[]
  /** What each test runs, in the order in which they stand in the file. */
  readonly tests: readonly { readonly mutants: readonly string[]; readonly ms: number }[]
  /** How often each mutant's place was come by. */
  readonly hits: Readonly<Record<string, number>>
  /** Why the tests do not pass as the code stands; null if they do. */
  readonly fault: string | null
  readonly ms: number
}

/** Tests of one file that can notice a mutant. */
export interface Selection {
  readonly testFile: string
  /** By their places in the file; null for all. */
  readonly tests: readonly number[] | null
  readonly limitMs: number
}

/** What a worker is asked for. */
export type Request =
  | { readonly type: 'load'; readonly sources: Readonly<Record<string, string>> }
  | { readonly type: 'cover'; readonly testFile: string }
  | {
      readonly type: 'judge'
      readonly id: string
      readonly selections: readonly Selection[]
      /** Come by more often, it goes on for ever. */
      readonly hitLimit: number
    }

export type Answer =
  | { readonly type: 'ready' }
  | { readonly type: 'covered'; readonly coverage: Coverage }
  | { readonly type: 'judged'; readonly verdict: Verdict }
  | { readonly type: 'fault'; readonly message: string }

/** A mutant that makes the file throw as it is loaded: whoever does not notice it notices nothing. */
export const controlOf = (file: string) => `control:${file}`
