/**
 * `npm run models -- add MODEL_ID`: reads the vendor's list of models and writes one of them into the document, and what is
 * generated from it. Either all of it is written or nothing. `npm run models -- list WORD` finds ids.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { distance } from 'fastest-levenshtein'
import { type GeneratedFiles, generateFromDocument, generateSdlWith, source, writeFiles } from '../codegen.ts'
import { type Config, ConfigError, loadConfig, readEnvironment } from '../src/config.ts'
import { createValidator } from '../src/generated/validators.ts'
import { createFetch } from '../src/wavespeed/fetch.ts'
import { addModel } from './add-model.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import type { VendorModel } from './vendor-model.ts'

const usage = `npm run models -- add MODEL_ID [--family NAME]   adds a model of the vendor to ${source}
npm run models -- list [WORD]                    the ids of the vendor's models

WAVESPEED_API_KEY and WAVESPEED_BASE_URL say whom to ask, as for the gateway. docs/models.md tells more.
`

/** What was asked for cannot be done; the message says why. */
class CommandError extends Error {}

const root = join(import.meta.dirname, '..')

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = argumentsOf(args)
  const [command, id, ...more] = positionals
  if (command === 'list' && more.length === 0) return list(id ?? '')
  if (command === 'add' && id !== undefined && more.length === 0) return add(id, values.family)
  throw new CommandError(usage)
}

function argumentsOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: { family: { type: 'string' } }, allowPositionals: true })
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  }
}

async function list(word: string): Promise<void> {
  const ids = (await fetchModels()).map(({ model_id: id }) => id).filter((id) => id.includes(word))
  process.stdout.write(ids.length > 0 ? `${ids.sort().join('\n')}\n` : `No model has "${word}" in its id.\n`)
}

async function add(id: string, wanted: string | undefined): Promise<void> {
  const model = findModel(await fetchModels(), id)
  const yaml = await readFile(join(root, source), 'utf8')
  const added = addModel(yaml, model, wanted)
  // The GraphQL schema is built of a copy first: what it cannot be made of is not written.
  const generated = await generateFromDocument(added.yaml)
  const sdl = await generateSdlWith(root, generated)
  await writeAll(added.yaml, new Map([...generated, ...sdl]))
  const { family, joined, alike, left } = added
  process.stdout.write(
    [
      `${id} is ${joined ? 'one more model' : 'the first model'} of the family ${family}: create${family}Job makes its jobs.`,
      ...alike.map(
        (name) =>
          `The family ${name} takes the same parameters: with --family ${name} it would be one of its models.`,
      ),
      ...left.map((words) => `Left to the vendor: ${words}.`),
      `Written: ${source}, src/generated and schema.graphql. Read the words that came from the vendor before you commit.\n`,
    ].join('\n'),
  )
}

/** The document last and at once: without it `npm run codegen` brings back everything else. */
async function writeAll(yaml: string, files: GeneratedFiles): Promise<void> {
  const path = join(root, source)
  const part = `${path}.part`
  try {
    await writeFile(part, yaml)
    await writeFiles(root, files)
    await rename(part, path)
  } finally {
    await rm(part, { force: true })
  }
}

/** Whatever has an id: one odd entry must not hide the others. */
async function fetchModels(): Promise<readonly (JsonObject & { model_id: string })[]> {
  const { vendor, proxy } = configOf()
  const wire = createFetch({ proxy })
  try {
    const response = await wire.fetch(
      new Request(new URL('/api/v3/models', vendor.baseUrl), {
        headers: { authorization: `Bearer ${vendor.apiKey}`, accept: 'application/json' },
      }),
    )
    const rows = rowsOf(response.status, await response.text())
    return rows.flatMap((row) => (hasId(row) ? [row] : []))
  } catch (error) {
    if (error instanceof CommandError) throw error
    const { message } = error as Error
    throw new CommandError(`${vendor.baseUrl} did not answer: ${message}`, { cause: error })
  } finally {
    await wire.close()
  }
}

function configOf(): Config {
  try {
    return loadConfig(readEnvironment(process.cwd()))
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandError(error.message)
    throw error
  }
}

function rowsOf(status: number, text: string): readonly Json[] {
  if (status !== 200) {
    const why = status === 401 ? ': it refuses the key (WAVESPEED_API_KEY)' : ''
    throw new CommandError(`The vendor answered HTTP ${status} to the question for its models${why}.`)
  }
  let body: Json
  try {
    body = JSON.parse(text) as Json
  } catch {
    throw new CommandError('The vendor answered the question for its models with what is no JSON.')
  }
  const data = isObject(body) ? body['data'] : null
  if (!Array.isArray(data))
    throw new CommandError("The vendor's answer is not as documented: it has no list of models.")
  return data
}

const hasId = (row: Json): row is JsonObject & { model_id: string } =>
  isObject(row) && typeof row['model_id'] === 'string'

function findModel(rows: readonly (JsonObject & { model_id: string })[], id: string): VendorModel {
  const row = rows.find((one) => one.model_id === id)
  if (!row) {
    const near = rows.map((one) => one.model_id).sort((one, other) => distance(one, id) - distance(other, id))
    const words = near.length > 0 ? `; near to it are ${near.slice(0, 3).join(', ')}` : ''
    throw new CommandError(`The vendor has no model ${id}${words}.`)
  }
  const isModel = createValidator('VendorModel')
  if (isModel(row)) return row
  const [fault] = isModel.errors ?? []
  throw new CommandError(
    `The vendor's entry of ${id} is not as documented: ${fault?.instancePath || '/'} ${fault?.message}.`,
  )
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
