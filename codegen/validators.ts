import { at, type Json, type JsonObject, print } from './json.ts'

/** The text of `src/generated/validators.ts`, without its header. */
export function validatorsText(document: JsonObject): string {
  const schemas = Object.entries(at(document, 'components', 'schemas'))
  const definitions = Object.fromEntries(schemas.map(([name, schema]) => [name, toJsonSchema(schema)]))
  return `import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { components } from './wavespeed.ts'

/** The schemas of the document by name. */
export type Schemas = components['schemas']

/** A type guard that leaves what it found in \`errors\`; every error of the value, each with its \`parentSchema\`. */
export type Validator<T> = ValidateFunction<T>

let ajv: Ajv2020 | undefined

/**
 * A validator of one schema of the document. It is compiled at the first call and kept, so that every caller shares one
 * function: read \`errors\` right after the call it belongs to.
 */
export function createValidator<Name extends keyof Schemas>(name: Name): Validator<Schemas[Name]> {
  if (!ajv) {
    ajv = new Ajv2020({ allErrors: true, verbose: true, strict: true, allowUnionTypes: true })
    formats.default(ajv)
    ajv.addFormat('http-url', isHttpUrl)
    ajv.addFormat('lora-path', (text: string) => /^[^\\s/:]+\\/[^\\s/:]+$/.test(text) || isHttpUrl(text))
    ajv.addSchema({ $id: 'wavespeed', $defs: definitions })
  }
  const validator = ajv.getSchema<Schemas[Name]>(\`wavespeed#/$defs/\${name}\`)
  if (!validator) throw new Error(\`The document has no schema \${name}\`)
  return validator as Validator<Schemas[Name]>
}

function isHttpUrl(text: string): boolean {
  try {
    return /^https?:$/.test(new URL(text).protocol)
  } catch {
    return false
  }
}

const definitions = ${print(definitions)}
`
}

/** A schema of the document as plain JSON Schema: references into \`$defs\`, and no annotations a validator rejects. */
function toJsonSchema(value: Json): Json {
  if (Array.isArray(value)) return value.map(toJsonSchema)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value)
    .filter(([key]) => !key.startsWith('x-') && key !== '$comment' && key !== 'examples')
    .map(([key, child]) => [key, key === '$ref' ? refInto(child) : toJsonSchema(child)] as const)
  return Object.fromEntries(entries)
}

function refInto(ref: Json): string {
  return String(ref).replace('#/components/schemas/', '#/$defs/')
}
