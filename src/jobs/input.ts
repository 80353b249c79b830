/** What JSON can hold. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/** The parameters of a model as they are sent: the vendor's names, defaults filled in, the seed drawn. */
export type JobInput = Readonly<Record<string, JsonValue>>

/** An input as a client wrote it, by the names of either side: nothing is checked yet. */
export type InputDraft = Readonly<Record<string, unknown>>

/** An input that may be sent, with the facts that the domain needs of it. */
export interface CheckedInput {
  readonly input: JobInput
  /** The text that the history is searched for; empty where the model takes none. */
  readonly prompt: string
  /** Whether the seed was left to chance: it is not drawn yet. */
  readonly seedDrawn: boolean
}

/** One fault of an input field, with its limits as numbers so that a form can show them. */
export interface InputIssue {
  /** The field as the client wrote it: `strength`, `loras.1.scale`. */
  readonly path: string
  readonly message: string
  readonly minimum: number | null
  readonly maximum: number | null
}

/** What a file shows. */
export type Media = 'video' | 'image'

/** A parameter whose value is the address of a file. */
export interface SourceParameter {
  /** As the vendor calls it, and as clients may. */
  readonly name: string
  readonly field: string
  readonly media: Media
}

/** What the models take. */
export interface InputRules {
  /** Completes a draft with the document's defaults, or says everything that is wrong with it. */
  check(model: string, draft: InputDraft): CheckedInput | { readonly issues: readonly InputIssue[] }
  /** The parameters of a model that take files; the first is what a job works on. */
  sources(model: string): readonly SourceParameter[]
  /** The input with a seed from 0 to 2147483647, brought into the model's range; the same where it takes none. */
  withSeed(model: string, input: JobInput, seed: number): JobInput
}
