import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BuiltIn } from './fault.ts'

/** A copy of the source with the fault in it; whoever asks for it removes it. */
export function buildIn(root: string, { name, changes }: BuiltIn): { readonly root: string; remove(): void } {
  const copy = mkdtempSync(join(tmpdir(), 'wavespeed-sim-'))
  const remove = () => rmSync(copy, { recursive: true })
  cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true })
  for (const shared of ['node_modules', 'package.json']) symlinkSync(join(root, shared), join(copy, shared))
  for (const { file, from, to } of changes) {
    const path = join(copy, 'src', file)
    const parts = readFileSync(path, 'utf8').split(from)
    if (parts.length !== 2) {
      remove()
      throw new Error(`"${name}" does not fit src/${file} any more: ${JSON.stringify(from)}`)
    }
    writeFileSync(path, parts.join(to))
  }
  return { root: copy, remove }
}
