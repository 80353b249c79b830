/**
 * Writes everything that is derived: `openapi/wavespeed.yaml` becomes `src/generated/`, and the Pothos schema becomes
 * `schema.graphql`. With `--check` nothing is written; it exits 1 and names each file that is stale.
 */
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql'
import openapiTS, { astToString, type OpenAPI3, tsIntersection, tsUnion } from 'openapi-typescript'
import ts from 'typescript'
import { parse } from 'yaml'

type Json = null | boolean | number | string | Json[] | JsonObject
type JsonObject = { [key: string]: Json }

/** Text of each generated file by its path from the root of the project. */
export type GeneratedFiles = ReadonlyMap<string, string>

const source = 'openapi/wavespeed.yaml'
const inputSchema = 'V2VLoraInput'

/** The files under `src/generated/` that follow from the text of the OpenAPI document. */
export async function generateFromDocument(yaml: string): Promise<GeneratedFiles> {
  const document = parse(yaml) as JsonObject
  return new Map([
    ['src/generated/wavespeed.ts', await typesOf(document)],
    ['src/generated/parameters.ts', parametersOf(document)],
    ['src/generated/validators.ts', validatorsOf(document)],
  ])
}

/** The public schema as SDL, sorted so that the order of imports leaves no trace. */
export async function generateSdl(root: string): Promise<GeneratedFiles> {
  // Imported late: the schema reads the generated files, which have to be on the disk by then.
  const module = (await import(pathToFileURL(join(root, 'src/schema/index.ts')).href)) as {
    schema: GraphQLSchema
  }
  const header = '# Generated from src/schema by npm run codegen. Do not edit.\n\n'
  return new Map([['schema.graphql', `${header}${printSchema(lexicographicSortSchema(module.schema))}\n`]])
}

/** The SDL as it will be with these files. The schema reads them from the disk, so from that of a copy. */
async function generateSdlWith(root: string, files: GeneratedFiles): Promise<GeneratedFiles> {
  const copy = await mkdtemp(join(tmpdir(), 'codegen-'))
  try {
    for (const path of ['src', 'package.json'])
      await cp(join(root, path), join(copy, path), { recursive: true })
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction')
    await writeFiles(copy, files)
    return await generateSdl(copy)
  } finally {
    await rm(copy, { recursive: true })
  }
}

/** The paths, in order, whose file is missing or differs from its generated text. */
export async function findStale(root: string, files: GeneratedFiles): Promise<string[]> {
  const stale: string[] = []
  for (const [path, text] of files) {
    const present = await readFile(join(root, path), 'utf8').catch(() => undefined)
    if (present !== text) stale.push(path)
  }
  return stale
}

/** Writes the files that differ and returns their paths. */
export async function writeFiles(root: string, files: GeneratedFiles): Promise<string[]> {
  const stale = await findStale(root, files)
  for (const path of stale) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), files.get(path) ?? '')
  }
  return stale
}

function header(comment: string): string {
  return `// Generated from ${source} by npm run codegen. Do not edit.\n// ${comment}\n\n`
}

async function typesOf(document: JsonObject): Promise<string> {
  const ast = await openapiTS(structuredClone(document) as unknown as OpenAPI3, {
    silent: true,
    // A default is what the vendor fills in, not something the sender has to send.
    defaultNonNullable: false,
    transform(schema: { format?: string; 'x-known-values'?: string[] }) {
      const { format, 'x-known-values': known } = schema
      if (known) return openSet(known)
      return format === 'binary' ? ts.factory.createTypeReferenceNode('Blob') : undefined
    },
  })
  return header('Types of the vendor’s operations and answers.') + astToString(ast)
}

/** `string & {}` keeps the known values in completions and lets unknown ones pass. */
function openSet(known: readonly string[]): ts.TypeNode {
  const { factory } = ts
  const any = factory.createKeywordTypeNode(ts.SyntaxKind.StringKeyword)
  const literals = known.map((value) => factory.createLiteralTypeNode(factory.createStringLiteral(value)))
  return tsUnion([...literals, tsIntersection([any, factory.createTypeLiteralNode([])])])
}

const copied = [
  'default',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'pattern',
  'format',
] as const

function parametersOf(document: JsonObject): string {
  const input = at(document, 'components', 'schemas', inputSchema)
  const parameters = Object.fromEntries(parameterList(document, input).map((it) => [it.field, it]))
  const models = Object.entries(at(document, 'paths')).flatMap(([path, item]) => {
    const { 'x-model-id': id, 'x-price': price = null, summary, description } = at(item, 'post')
    if (typeof id !== 'string') return []
    return [{ id, name: enumName(id), path, price, title: summary ?? id, description: description ?? '' }]
  })
  const { 'x-known-values': statuses = [] } = at(document, 'components', 'schemas', 'PredictionStatus')
  const { maxItems: mostOutputs = null } = at(
    document,
    'components',
    'schemas',
    'Prediction',
    'properties',
    'outputs',
  )
  return `${header('What the rest needs to know of the parameters and models at run time.')}/** One parameter of a model, as the vendor documents it. */
export interface Parameter {
  /** Exact name on the wire. */
  readonly name: string
  /** The same in camelCase, as the public schema calls it. */
  readonly field: string
  readonly type: 'string' | 'integer' | 'number' | 'array'
  readonly required: boolean
  readonly description: string
  readonly default?: string | number | readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly format?: string
  /** Whether the range is the gateway's own, and the vendor takes any number. */
  readonly unboundedAtVendor?: boolean
  /** For an array of objects: the members of one item. */
  readonly items?: readonly Parameter[]
}

/** One model that takes these parameters. */
export interface Model {
  readonly id: string
  /** The id without the vendor's prefix, as a GraphQL enum value. */
  readonly name: string
  readonly path: string
  /** US dollars of a run; null where it is not known. */
  readonly price: number | null
  readonly title: string
  readonly description: string
}

/** Parameters of ${inputSchema} by their camelCase name, in the order of the document. */
export const v2vLoraParameters = ${print(parameters)} as const satisfies { readonly [field: string]: Parameter }

/** The models that take them; the first is the default. */
export const models = ${print(models)} as const satisfies readonly Model[]

/** The statuses the vendor is known to answer. Others may appear. */
export const knownStatuses = ${print(statuses)} as const

/** Outputs of one prediction that are read. */
export const mostOutputs = ${print(mostOutputs)}
`
}

interface ParameterJson extends JsonObject {
  field: string
}

function parameterList(document: JsonObject, schema: JsonObject): ParameterJson[] {
  const { required } = schema
  const needed = Array.isArray(required) ? required : []
  return Object.entries(at(schema, 'properties')).map(([name, value]) => {
    const { type = '', description = '', items = {}, ...rest } = resolve(document, value)
    const { 'x-unbounded-at-vendor': unbounded } = rest
    const kept = copied.flatMap((key) => (rest[key] === undefined ? [] : [[key, rest[key]] as const]))
    return {
      name,
      field: camelCase(name),
      type,
      required: needed.includes(name),
      description,
      ...Object.fromEntries(kept),
      ...(unbounded === true && { unboundedAtVendor: true }),
      ...(type === 'array' && { items: parameterList(document, resolve(document, items)) }),
    }
  })
}

function validatorsOf(document: JsonObject): string {
  const schemas = Object.entries(at(document, 'components', 'schemas'))
  const definitions = Object.fromEntries(schemas.map(([name, schema]) => [name, toJsonSchema(schema)]))
  return `${header('Run-time checks of requests and answers.')}import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
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

function resolve(document: JsonObject, value: Json): JsonObject {
  const { $ref } = at(value)
  return typeof $ref === 'string' ? at(document, ...$ref.replace('#/', '').split('/')) : at(value)
}

/** The object at a path of keys, empty where there is none: a document without it is Redocly's to refuse. */
function at(value: Json, ...keys: string[]): JsonObject {
  let node: Json | undefined = value
  for (const key of keys) node = isObject(node) ? node[key] : undefined
  return isObject(node) ? node : {}
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function enumName(modelId: string): string {
  return modelId
    .slice(modelId.indexOf('/') + 1)
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase()
}

function print(value: Json): string {
  return JSON.stringify(value, null, 2)
}

async function main(root: string, check: boolean): Promise<number> {
  const files = await generateFromDocument(await readFile(join(root, source), 'utf8'))
  if (!check) {
    const written = [...(await writeFiles(root, files)), ...(await writeFiles(root, await generateSdl(root)))]
    process.stdout.write(
      written.length ? `Wrote ${written.join(', ')}\n` : 'Everything generated is up to date\n',
    )
    return 0
  }
  const stale = await findStale(root, files)
  const sdl = stale.length ? await generateSdlWith(root, files) : await generateSdl(root)
  stale.push(...(await findStale(root, sdl)))
  for (const path of stale)
    process.stderr.write(`${path} is stale or missing: run npm run codegen and commit it\n`)
  return stale.length ? 1 : 0
}

if (process.argv[1] === import.meta.filename) {
  process.exitCode = await main(import.meta.dirname, process.argv.includes('--check'))
}
