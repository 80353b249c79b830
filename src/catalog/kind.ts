import type { JobInput, JsonValue } from '../jobs/input.ts'
import { findModel, parametersOf } from './catalog.ts'

/** A longer value is cut, and a number rounded to so many digits, so that there are not as many kinds as values. */
const longestValue = 40
const digits = 2

/**
 * Jobs of a kind take about as long: the same model with the same values of what decides that, by `x-decides-time` in the
 * document. Such as `wavespeed-ai/wan-2.1/v2v-480p-lora num_inference_steps=30 duration=5`.
 */
export function kindOf({ model: id, input }: { readonly model: string; readonly input: JobInput }): string {
  const model = findModel(id)
  const deciding = model ? parametersOf(model).filter(({ decidesTime }) => decidesTime) : []
  const values = deciding.map(({ name, default: usual = null }) => {
    const value = input[name] ?? (usual as JsonValue) // As the document has it.
    return `${name}=${wordOf(value)}`
  })
  return [id, ...values].join(' ')
}

function wordOf(value: JsonValue): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(digits)))
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, longestValue)
}
