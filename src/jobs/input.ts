import type { InputIssue } from '../errors.ts'

export interface Lora {
  readonly path: string
  readonly scale: number
}

/** The vendor's parameters as they are sent, defaults filled in and the seed drawn; names in camelCase. */
export interface JobInput {
  readonly video: string
  readonly prompt: string
  readonly negativePrompt: string | null
  readonly loras: readonly Lora[]
  readonly numInferenceSteps: number
  readonly duration: number
  readonly strength: number
  readonly guidanceScale: number
  readonly flowShift: number
  readonly seed: number
}

/** An input as a client wrote it: anything may be missing or null, nothing is checked yet. */
export type InputDraft = {
  readonly [K in Exclude<keyof JobInput, 'loras'>]?: JobInput[K] | null | undefined
} & { readonly loras?: readonly { [K in keyof Lora]?: Lora[K] | null | undefined }[] | null | undefined }

/** Completes a draft with the document's defaults, or says everything that is wrong with it. */
export type InputRules = (
  draft: InputDraft,
) => { readonly input: JobInput } | { readonly issues: readonly InputIssue[] }
