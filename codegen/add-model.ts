import { isDeepStrictEqual } from 'node:util'
import { enumName, type Families, familiesOf, type ParameterJson, shapeOf } from './families.ts'
import { insert, type Part } from './insert.ts'
import { at, type Json, type JsonObject, parseDocument, referenced } from './json.ts'
import { pascal, translate, UnfitModelError, type VendorModel } from './vendor-model.ts'

/** A document with one more model. */
export interface Added {
  readonly yaml: string
  readonly family: string
  /** Whether it had the family already. */
  readonly joined: boolean
  /** Other families whose models take the same parameters. */
  readonly alike: readonly string[]
  /** What only the vendor checks, in words. */
  readonly left: readonly string[]
}

/**
 * The text of the document with a model of the vendor in it; everything else of it stays. The model joins the family that
 * is wanted, if it takes the same parameters, or begins it; where none is wanted it begins one of its own.
 *
 * @throws Error naming what of it the document, or the GraphQL schema, cannot express
 */
export function addModel(yaml: string, model: VendorModel, wanted?: string): Added {
  const { model_id: id } = model
  const document = parseDocument(yaml)
  const facts = familiesOf(document)
  if (facts.models.some((one) => one.id === id))
    throw new UnfitModelError(`${id} is in the document already.`)
  const family = wanted ?? newFamily(id, facts)
  const { schema, entries, left } = translate(model, family)
  const common = { document, model, schema, family }
  const names = namesOf(document, id)
  const write = (body: Body) =>
    insert(yaml, [...entryParts(document, entries), ...partsOf({ ...common, body })])

  const alone = write(names)
  const own = familiesOf(parseDocument(alone)).inputs[names.schemaName] ?? {}
  const present = equalBody(document, facts, family, own)
  const text = present ? write(present) : alone
  const alike = alikeFamilies(facts, own).filter((name) => name !== family)
  return { yaml: text, family, joined: family in facts.families, alike, left }
}

/** The schema and the request body that a model takes. */
interface Body {
  readonly schemaName: string
  readonly bodyName: string
  /** Whether both are in the document already. */
  readonly present: boolean
}

/** The id without the vendor's prefix. */
const tailOf = (id: string) => id.slice(id.indexOf('/') + 1)

/** A name that is not taken yet: the short one, else the one with the vendor in it. */
function freeName(id: string, isTaken: (name: string) => boolean): string {
  const short = pascal(tailOf(id))
  return /^[0-9]/.test(short) || isTaken(short) ? pascal(id) : short
}

const newFamily = (id: string, { families }: Families): string => freeName(id, (name) => name in families)

function namesOf(document: JsonObject, id: string): Body {
  const { schemas, requestBodies } = at(document, 'components')
  const taken = (name: string) => `${name}Input` in at(schemas ?? null) || name in at(requestBodies ?? null)
  const name = freeName(id, taken)
  return { schemaName: `${name}Input`, bodyName: name, present: false }
}

/** The families whose models take the same parameters. */
function alikeFamilies({ families, models, inputs }: Families, own: Parameters<typeof shapeOf>[0]): string[] {
  const shape = (parameters: typeof own) => JSON.stringify([...shapeOf(parameters)].sort())
  const alike = models.filter(({ input }) => shape(inputs[input] ?? {}) === shape(own))
  return Object.keys(families).filter((name) => alike.some(({ family }) => family === name))
}

/** A schema of the family that allows the very same, with the request body that names it. */
function equalBody(
  document: JsonObject,
  { models, inputs }: Families,
  family: string,
  own: { readonly [field: string]: ParameterJson },
): Body | undefined {
  const rules = (parameters: typeof own) =>
    JSON.stringify(
      Object.entries(parameters)
        .sort()
        .map(([, { description: _, label: __, media: ___, ...rules }]) => Object.entries(rules).sort()),
    )
  const schemaName = models.find(
    (model) => model.family === family && rules(inputs[model.input] ?? {}) === rules(own),
  )?.input
  const bodies = Object.entries(at(document, 'components', 'requestBodies'))
  const body = bodies.find(
    ([, one]) => referenced(at(one, 'content', 'application/json')['schema']) === schemaName,
  )
  return schemaName && body ? { schemaName, bodyName: body[0], present: true } : undefined
}

function entryParts(document: JsonObject, entries: { readonly [name: string]: JsonObject }): Part[] {
  const present = at(document, 'components', 'schemas')
  const other = Object.keys(entries).find(
    (name) => name in present && !isDeepStrictEqual(present[name], entries[name]),
  )
  if (other !== undefined)
    throw new UnfitModelError(`The document has another schema ${other}: choose a --family.`)
  return Object.entries(entries)
    .filter(([name]) => !(name in present))
    .map(([key, value]) => ({ into: ['components', 'schemas'], key, value, after: 'LoraWeight' }))
}

function partsOf(of: {
  readonly document: JsonObject
  readonly model: VendorModel
  readonly schema: JsonObject
  readonly family: string
  readonly body: Body
}): Part[] {
  const { document, model, schema, family, body } = of
  const { bodyName, schemaName } = body
  const { model_id: id } = model
  const posts = Object.entries(at(document, 'paths')).filter(
    ([, item]) => at(item, 'post')['x-model-id'] !== undefined,
  )
  const [lastPath, lastItem] = posts.at(-1) ?? ['', null]
  const last = at(lastItem, 'post')
  const path: Part = {
    into: ['paths'],
    key: `/api/v3/${id}`,
    value: { post: operationOf(document, model, bodyName, last['responses'] ?? {}) },
    anchored: { responses: 'submitResponses' },
    after: lastPath,
  }
  if (body.present) return [path]
  const lastBody = referenced(last['requestBody']) ?? ''
  const { schema: lastSchema } = at(
    document,
    'components',
    'requestBodies',
    lastBody,
    'content',
    'application/json',
  )
  const isNew = !(family in familiesOf(document).families)
  const content = { 'application/json': { schema: { $ref: `#/components/schemas/${schemaName}` } } }
  const head: JsonObject = {
    ...(isNew && { title: `A job of ${id}` }),
    'x-family': family,
    description: `Input of ${id}.`,
    'x-source': source,
  }
  return [
    path,
    {
      into: ['components', 'requestBodies'],
      key: bodyName,
      value: { required: true, content },
      after: lastBody,
    },
    {
      into: ['components', 'schemas'],
      key: schemaName,
      value: { ...head, ...schema },
      after: referenced(lastSchema) ?? '',
    },
  ]
}

const source = 'https://wavespeed.ai/docs/list-models'

function operationOf(
  document: JsonObject,
  model: VendorModel,
  bodyName: string,
  responses: Json,
): JsonObject {
  const { model_id: id, base_price: price, type, description = '' } = model
  const operations = Object.values(at(document, 'paths')).flatMap((item) => Object.values(at(item)))
  const operationId = `submit${pascal(tailOf(id))}`
  const isTaken = operations.some((one) => at(one)['operationId'] === operationId)
  const names = operations.map((one) => at(one)['x-name'] ?? enumName(String(at(one)['x-model-id'] ?? '')))
  const full = id.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase()
  const isOdd = /^[0-9_]/.test(enumName(id)) || names.includes(enumName(id))
  const words = description.replace(/\s+/g, ' ').trim() || `The model ${id}.`
  return {
    operationId: isTaken ? `submit${pascal(id)}` : operationId,
    'x-model-id': id,
    ...(isOdd && { 'x-name': full }),
    ...(price !== undefined && { 'x-price': price }),
    'x-vendor-type': type,
    'x-source': source,
    ...(/assumed/i.test(words) && { 'x-assumed': true }),
    tags: ['models'],
    summary: titleOf(id),
    description: words,
    parameters: [{ $ref: '#/components/parameters/Webhook' }],
    requestBody: { $ref: `#/components/requestBodies/${bodyName}` },
    responses,
  }
}

/** `wan-2.2/image-to-video-lora` as `Wan 2.2 Image To Video Lora`. */
function titleOf(id: string): string {
  const words = tailOf(id).split(/[/_-]+/)
  return words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join(' ')
}
