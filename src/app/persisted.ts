import { readFileSync, statSync } from 'node:fs'
import type { GraphQLSchema } from 'graphql'
import { type Config, ConfigError } from '../config.ts'
import { readManifest } from '../server/manifest.ts'
import type { PersistedDocuments } from '../server/persisted.ts'

/** A thousand documents of ordinary size are 1 MB. */
const largestManifest = 20_000_000 // 20 MB

/**
 * The documents that requests may name by an id; null where no manifest is configured.
 *
 * @throws ConfigError that names what is wrong with the manifest
 */
export function loadPersistedDocuments(
  { persisted }: Pick<Config, 'persisted'>,
  schema: GraphQLSchema,
): PersistedDocuments | null {
  if (!persisted) return null
  const manifest = readManifest(readFile(persisted.manifest), schema)
  if (manifest.faults) {
    throw new ConfigError(
      manifest.faults.map((fault) => `PERSISTED_DOCUMENTS, ${persisted.manifest}: ${fault}`),
    )
  }
  return { texts: manifest.texts, only: persisted.only }
}

function readFile(path: string): string {
  try {
    const { size } = statSync(path)
    if (size <= largestManifest) return readFileSync(path, 'utf8')
    throw new ConfigError([
      `PERSISTED_DOCUMENTS names ${path}, which has ${size} bytes; at most ${largestManifest} are allowed.`,
    ])
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const { code } = error as NodeJS.ErrnoException // All faults of files have one.
    throw new ConfigError([`PERSISTED_DOCUMENTS names ${path}, which cannot be read (${code}).`])
  }
}
