import { familiesOf, predictionFacts } from './families.ts'
import { type JsonObject, print } from './json.ts'

/** The text of `src/generated/parameters.ts`, without its header. */
export function parametersText(document: JsonObject): string {
  const { families, models, inputs } = familiesOf(document)
  const { statuses, mostOutputs } = predictionFacts(document)
  return `/** One parameter of a model, as the vendor documents it. */
export interface Parameter {
  /** Exact name on the wire. */
  readonly name: string
  /** The same in camelCase, as the public schema calls it. */
  readonly field: string
  /** What a form calls it. */
  readonly label: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array'
  readonly required: boolean
  readonly description: string
  readonly default?: string | number | boolean | readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly minLength?: number
  readonly maxLength?: number
  /** Of a number: only multiples of it. */
  readonly multipleOf?: number
  readonly pattern?: string
  readonly format?: string
  /** The only values that it takes. */
  readonly allowed?: readonly (string | number)[]
  /** What the gateway itself has to know of it. */
  readonly role?: 'prompt' | 'seed' | 'source'
  /** What the file is whose address it takes. */
  readonly media?: 'video' | 'image'
  /** Whether the range is the gateway's own, and the vendor takes any number. */
  readonly unboundedAtVendor?: boolean
  /** Whether a run takes longer or shorter by it. */
  readonly decidesTime?: boolean
  /** For a list of objects: what the public schema calls one, what it is, and its members. */
  readonly itemName?: string
  readonly itemDescription?: string
  readonly items?: readonly Parameter[]
  /** For any other list: the type of its entries, and of texts how long they may be and what they are. */
  readonly itemType?: 'string' | 'integer' | 'number' | 'boolean'
  readonly itemMaxLength?: number
  readonly itemFormat?: string
}

/** One model of the vendor. */
export interface Model {
  readonly id: string
  /** The id without the vendor's prefix, as a GraphQL enum value. */
  readonly name: string
  /** The models that take the same parameters, each with its own ranges. */
  readonly family: FamilyName
  /** The schema of its body. */
  readonly input: InputName
  readonly path: string
  /** US dollars of a run with its defaults; null where it is not known. */
  readonly price: number | null
  /** The vendor's word for its kind. */
  readonly type: string
  readonly title: string
  readonly description: string
}

export type FamilyName = keyof typeof families
export type InputName = keyof typeof inputs

/** The families in the order of the document. */
export const families = ${print(families)} as const

/** Parameters by the schema that has them and by their camelCase names, in the order of the document. */
export const inputs = ${print(inputs)} as const satisfies { readonly [schema: string]: { readonly [field: string]: Parameter } }

/** The models; the first of a family is its default. */
export const models = ${print([...models])} as const satisfies readonly Model[]

/** The statuses the vendor is known to answer. Others may appear. */
export const knownStatuses = ${print(statuses)} as const

/** Outputs of one prediction that are read. */
export const mostOutputs = ${print(mostOutputs)}
`
}
