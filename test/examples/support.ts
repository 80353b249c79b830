import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
export const examples = join(root, 'examples')

/** The examples in a folder of their own, beside the schema as here. They are called for the addresses of the demo. */
export async function copyExamples(addresses?: { readonly gateway: string; readonly sandbox: string }) {
  const folder = await mkdtemp(join(tmpdir(), 'wavespeed-examples-'))
  const copy = join(folder, 'examples')
  await cp(examples, copy, { recursive: true, filter: (path) => !path.includes('node_modules') })
  await cp(join(root, 'schema.graphql'), join(folder, 'schema.graphql'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const path of addresses ? await readdir(copy, { recursive: true }) : []) {
    if (!/\.(ts|sh)$/.test(path)) continue
    const text = await readFile(join(copy, path), 'utf8')
    await writeFile(
      join(copy, path),
      text
        .replaceAll('127.0.0.1:4000', new URL(addresses?.gateway ?? '').host)
        .replaceAll('127.0.0.1:4010', new URL(addresses?.sandbox ?? '').host),
    )
  }
  return { path: copy, remove: () => rm(folder, { recursive: true }) }
}
