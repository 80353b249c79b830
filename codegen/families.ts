import { at, type Json, type JsonObject, listOf, referenced, resolve } from './json.ts'

/** What the document says of models: which there are, what each takes, and which belong together. */
export interface Families {
  readonly families: { readonly [name: string]: { readonly description: string } }
  readonly models: readonly ModelJson[]
  /** Parameters by the schema that has them and by their camelCase names, in the order of the document. */
  readonly inputs: { readonly [schema: string]: { readonly [field: string]: ParameterJson } }
}

interface ModelJson extends JsonObject {
  id: string
  name: string
  family: string
  input: string
}

export interface ParameterJson extends JsonObject {
  name: string
  field: string
  type: string
  required: boolean
}

const copied = [
  'default',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'multipleOf',
  'pattern',
  'format',
] as const

const types = ['string', 'integer', 'number', 'boolean', 'array']
const mediaKinds = ['video', 'image']
/** Fields of every input that are the gateway's own; a parameter of that name gets another one. */
const ownFields = ['model', 'idempotencyKey']
const largestInt = 2_147_483_647
/** What GraphQL takes as a name; two underscores at its beginning are GraphQL's own. */
const namePattern = /^(?!__)[A-Za-z_][A-Za-z0-9_]*$/

/**
 * The families of the document. Whatever a typed schema cannot be made of is an error that names it, so that no model is
 * ever sent what belongs to another one.
 *
 * @throws Error naming the path, the schema or the parameter
 */
export function familiesOf(document: JsonObject): Families {
  const submits = Object.entries(at(document, 'paths')).filter(
    ([, item]) => typeof at(item, 'post')['x-model-id'] === 'string',
  )
  const models = submits.map(([path, item]) => modelOf(document, path, at(item, 'post')))
  refuseRepeated(
    models.map(({ name }) => name),
    (name) => `Two models would be called ${name}: give one an x-name.`,
  )
  const families: { [name: string]: { description: string } } = {}
  const inputs: Families['inputs'] = Object.fromEntries(
    models.map(({ input }) => [input, parametersOf(document, input)]),
  )
  for (const { family, input } of models) {
    const { title } = at(document, 'components', 'schemas', input)
    families[family] ??= { description: typeof title === 'string' ? title : `A job of the family ${family}` }
  }
  for (const family of Object.keys(families)) refuseUnlike(family, models, inputs)
  return { families, models, inputs }
}

function modelOf(document: JsonObject, path: string, post: JsonObject): ModelJson {
  const { 'x-model-id': id, 'x-price': price = null, 'x-vendor-type': type = '', 'x-name': given } = post
  const { summary = id ?? '', description = '' } = post
  const body = at(resolve(document, post['requestBody'] ?? null), 'content', 'application/json')
  const input = referenced(body['schema'])
  const family = input === null ? undefined : at(document, 'components', 'schemas', input)['x-family']
  if (input === null || typeof family !== 'string') {
    const what = input === null ? 'a body that is no schema of its own' : `the body ${input}`
    throw new Error(`${path} takes ${what}, which is no known family: name one in its x-family.`)
  }
  if (!namePattern.test(family))
    throw new Error(`${input} is of the family "${family}", which is no GraphQL name.`)
  const name = typeof given === 'string' ? given : enumName(String(id))
  if (!namePattern.test(name)) throw new Error(`${path} would be called ${name}: give it an x-name.`)
  return { id: String(id), name, family, input, path, price, type, title: summary, description }
}

/** The id without the vendor's prefix, as a GraphQL enum value. */
export function enumName(modelId: string): string {
  const name = modelId.slice(modelId.indexOf('/') + 1)
  return name.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase()
}

function parametersOf(document: JsonObject, schema: string): { [field: string]: ParameterJson } {
  const list = parameterList(document, at(document, 'components', 'schemas', schema), schema)
  if (list.length === 0) throw new Error(`${schema} has no parameters.`)
  for (const role of ['prompt', 'seed']) {
    const of = list.filter((parameter) => parameter['role'] === role)
    if (of.length > 1) throw new Error(`${schema} has more than one ${role}.`)
    const type = role === 'prompt' ? 'string' : 'integer'
    const other = list.find(
      (parameter) => parameter.field === role && (parameter.type !== type || !of.includes(parameter)),
    )
    if (other) throw new Error(`${schema}.${other.name} has to be the ${role}, of the type ${type}.`)
    if (of[0] && of[0].type !== type)
      throw new Error(`${schema}.${of[0].name} is the ${role}, so its type is ${type}.`)
  }
  return Object.fromEntries(list.map((parameter) => [parameter.field, parameter]))
}

function parameterList(document: JsonObject, schema: JsonObject, where: string): ParameterJson[] {
  const needed = listOf(schema['required'])
  const list = Object.entries(at(schema, 'properties')).map(([name, value]) =>
    parameterOf(document, name, resolve(document, value), needed.includes(name), `${where}.${name}`),
  )
  refuseRepeated(
    list.map(({ field }) => field),
    (field) => `${where} has two parameters called ${field}.`,
  )
  return list
}

function parameterOf(
  document: JsonObject,
  name: string,
  schema: JsonObject,
  required: boolean,
  where: string,
): ParameterJson {
  const {
    type = '',
    title,
    description = '',
    enum: allowed,
    'x-role': role,
    'x-media': media,
    'x-unbounded-at-vendor': unbounded,
    'x-decides-time': decidesTime,
  } = schema
  if (typeof type !== 'string' || !types.includes(type)) {
    throw new Error(`${where} is of the type ${JSON.stringify(type)}; known are ${types.join(', ')}.`)
  }
  const field = fieldOf(name)
  if (!namePattern.test(field)) throw new Error(`${where} is no GraphQL name.`)
  const numbers = [schema['default'], schema['minimum'], schema['maximum'], ...listOf(allowed)]
  if (type === 'integer' && numbers.some((one) => typeof one === 'number' && Math.abs(one) > largestInt)) {
    throw new Error(`${where} has a number that is too large for GraphQL's Int.`)
  }
  if (media !== undefined && (!mediaKinds.includes(String(media)) || type !== 'string'))
    throw new Error(
      `${where} is a file of the kind ${JSON.stringify(media)}; known are ${mediaKinds.join(', ')}.`,
    )
  const list = type === 'array' ? entriesOf(document, schema, where) : {}
  if (type === 'string' && allowed === undefined && schema['maxLength'] === undefined) {
    throw new Error(`${where} is a text without a maxLength.`)
  }
  if (type === 'array' && schema['maxItems'] === undefined)
    throw new Error(`${where} is a list without maxItems.`)
  const kept = copied.flatMap((key) => (schema[key] === undefined ? [] : [[key, schema[key]] as const]))
  return {
    name,
    field,
    label: typeof title === 'string' ? title : labelOf(name),
    type,
    required,
    description,
    ...Object.fromEntries(kept),
    ...(allowed !== undefined && { allowed: [...listOf(allowed)] }),
    ...(typeof role === 'string' && { role }),
    ...(typeof media === 'string' && { media }),
    ...(unbounded === true && { unboundedAtVendor: true }),
    ...(decidesTime === true && { decidesTime: true }),
    ...list,
  }
}

/** Of a list: its entries' type, or their members. */
function entriesOf(document: JsonObject, schema: JsonObject, where: string): JsonObject {
  const reference = referenced(schema['items'])
  const items = resolve(document, schema['items'] ?? null)
  const { type = '', 'x-type': given = reference } = items
  if (type === 'object') {
    if (typeof given !== 'string')
      throw new Error(`${where} is a list of objects without a name: make it a component.`)
    const members = parameterList(document, items, where)
    const nested = members.find((member) => member.type === 'array')
    if (nested) throw new Error(`${where}.${nested.name} is a list within a list.`)
    return {
      itemName: given,
      itemDescription: items['description'] ?? `An entry of ${where}.`,
      items: members,
    }
  }
  const { maxLength, format } = items
  if (type === 'string' && typeof maxLength !== 'number')
    throw new Error(`${where} has texts without a maxLength.`)
  if (typeof type !== 'string' || type === 'array' || !types.includes(type)) {
    throw new Error(`${where} is a list of ${JSON.stringify(type)}.`)
  }
  return {
    itemType: type,
    ...(maxLength !== undefined && { itemMaxLength: maxLength }),
    ...(format !== undefined && { itemFormat: format }),
  }
}

/** Refuses models of one family whose parameters are not the same but for what is allowed of them. */
function refuseUnlike(family: string, models: readonly ModelJson[], inputs: Families['inputs']): void {
  const schemas = [...new Set(models.filter((model) => model.family === family).map(({ input }) => input))]
  const [first = '', ...others] = schemas
  const expected = shapeOf(inputs[first] ?? {})
  for (const other of others) {
    const shape = shapeOf(inputs[other] ?? {})
    const odd = [...new Set([...expected.keys(), ...shape.keys()])].find(
      (key) => expected.get(key) !== shape.get(key),
    )
    if (odd !== undefined)
      throw new Error(`${first} and ${other} are of one family (${family}) and differ in ${odd}.`)
  }
}

/** What all models of a family have in common, by the names of the parameters. */
export function shapeOf(parameters: { readonly [field: string]: JsonObject }): Map<string, string> {
  const same = ['name', 'type', 'required', 'role', 'format', 'itemName', 'itemType', 'items']
  return new Map(
    Object.entries(parameters).map(([field, parameter]) => [
      field,
      JSON.stringify(same.map((key) => parameter[key] ?? null)),
    ]),
  )
}

/** A name as people read it: `enable_safety_checker` is "Enable safety checker". */
function labelOf(name: string): string {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[_\s]+/g, ' ')
    .trim()
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function fieldOf(name: string): string {
  const field = name.replace(/_+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  return ownFields.includes(field) ? `${field}Option` : field
}

function refuseRepeated(names: readonly string[], words: (name: string) => string): void {
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated !== undefined) throw new Error(words(repeated))
}

/** The statuses that the vendor is known to answer, and how many outputs of a prediction are read. */
export function predictionFacts(document: JsonObject): { statuses: Json; mostOutputs: Json } {
  const prediction = at(document, 'components', 'schemas', 'Prediction', 'properties', 'outputs')
  return {
    statuses: at(document, 'components', 'schemas', 'PredictionStatus')['x-known-values'] ?? [],
    mostOutputs: prediction['maxItems'] ?? null,
  }
}
