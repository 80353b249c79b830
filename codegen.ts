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
import { type JsonObject, parseDocument } from './codegen/json.ts'
import { parametersText } from './codegen/parameters.ts'
import { validatorsText } from './codegen/validators.ts'

/** Text of each generated file by its path from the root of the project. */
export type GeneratedFiles = ReadonlyMap<string, string>

/** The document, from the root of the project. */
export const source = 'openapi/wavespeed.yaml'

/**
 * The files under `src/generated/` that follow from the text of the OpenAPI document.
 *
 * @throws Error naming what of it no typed schema can be made of
 */
export async function generateFromDocument(yaml: string): Promise<GeneratedFiles> {
  const document = parseDocument(yaml)
  const parameters = header('What the rest needs to know of the parameters and models at run time.')
  const validators = header('Run-time checks of requests and answers.')
  return new Map([
    ['src/generated/wavespeed.ts', await typesOf(document)],
    ['src/generated/parameters.ts', parameters + parametersText(document)],
    ['src/generated/validators.ts', validators + validatorsText(document)],
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
export async function generateSdlWith(root: string, files: GeneratedFiles): Promise<GeneratedFiles> {
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
  try {
    process.exitCode = await main(import.meta.dirname, process.argv.includes('--check'))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
