import type { ErrorObject } from 'ajv'
import { type Parameter, v2vLoraParameters } from '../src/generated/parameters.ts'

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

/** Whether a fault is of a range that the gateway keeps and the vendor does not. */
export function isOwnRange({ instancePath, keyword }: ErrorObject): boolean {
  const parameters: readonly Parameter[] = Object.values(v2vLoraParameters)
  const parameter = parameters.find(({ name }) => instancePath === `/${name}`)
  return parameter?.unboundedAtVendor === true && (keyword === 'minimum' || keyword === 'maximum')
}

/** A copy without the keys that the document does not know, and the paths of those keys. */
export function dropUnknown(body: object): { input: { [key: string]: unknown }; dropped: string[] } {
  return keep(body, Object.values(v2vLoraParameters), '')
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
