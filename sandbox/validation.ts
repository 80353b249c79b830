import type { ErrorObject } from 'ajv'
import { inputs, type Model, models, type Parameter } from '../src/generated/parameters.ts'
import { createValidator } from '../src/generated/validators.ts'

/** Every fault that a validator found, in one line. */
export function explain(errors: readonly ErrorObject[] | null | undefined): string {
  const faults = (errors ?? []).map((error) => {
    const { missingProperty } = error.params as { missingProperty?: string }
    const path = [
      ...error.instancePath.split('/').slice(1),
      ...(missingProperty ? [missingProperty] : []),
    ].join('.')
    return `${path || 'body'} ${missingProperty ? 'is required' : error.message}`
  })
  return `invalid parameters: ${faults.join('; ')}`
}

/** What a model takes; nothing if there is no such model. */
export function parametersOf(modelId: string): readonly Parameter[] {
  const model: Model | undefined = models.find(({ id }) => id === modelId)
  return model ? Object.values(inputs[model.input]) : []
}

/** What of a body breaks the rules of the model's schema. */
export function faultsOf(modelId: string, body: object): readonly ErrorObject[] {
  const model: Model | undefined = models.find(({ id }) => id === modelId)
  if (!model) return []
  const isInput = createValidator(model.input)
  return isInput(body) ? [] : (isInput.errors ?? [])
}

/** Whether a fault is of a range that the gateway keeps and the vendor does not. */
export function isOwnRange(
  { instancePath, keyword }: ErrorObject,
  parameters: readonly Parameter[],
): boolean {
  const parameter = parameters.find(({ name }) => instancePath === `/${name}`)
  return parameter?.unboundedAtVendor === true && (keyword === 'minimum' || keyword === 'maximum')
}

/** A copy without the keys that the document does not know, and the paths of those keys. */
export function dropUnknown(
  body: object,
  parameters: readonly Parameter[],
): { input: { [key: string]: unknown }; dropped: string[] } {
  return keep(body, parameters, '')
}

function keep(body: object, parameters: readonly Parameter[], prefix: string) {
  const input: { [key: string]: unknown } = {}
  const dropped: string[] = []
  for (const [key, value] of Object.entries(body)) {
    const parameter = parameters.find((it) => it.name === key)
    const path = prefix + key
    if (!parameter) {
      dropped.push(path)
    } else if (parameter.items && Array.isArray(value)) {
      const { items } = parameter
      input[key] = value.map((item: unknown, index) => {
        if (typeof item !== 'object' || item === null) return item
        const inner = keep(item, items, `${path}.${index}.`)
        dropped.push(...inner.dropped)
        return inner.input
      })
    } else {
      input[key] = value
    }
  }
  return { input, dropped }
}
