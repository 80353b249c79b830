import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export const root = join(import.meta.dirname, '../..')

/** A folder that is removed when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'codegen-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

const copied = [
  'codegen.ts',
  'codegen',
  'package.json',
  'tsconfig.json',
  'schema.graphql',
  'openapi',
  'src',
  'sandbox',
]

/** A copy of what codegen reads and writes, with the packages of the original. */
export async function copyProject(...more: readonly string[]): Promise<string> {
  const folder = await temporaryFolder()
  for (const path of [...copied, ...more]) await cp(join(root, path), join(folder, path), { recursive: true })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** Runs a TypeScript program in a folder and resolves to its exit code and what it wrote. */
export function run(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...process.env, ...env }, maxBuffer: 16 * 1024 * 1024 }
    execFile(process.execPath, ['--import', 'tsx', ...args], options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr })
    })
  })
}
