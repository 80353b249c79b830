import { spawn, spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const project = fileURLToPath(new URL('../..', import.meta.url))

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly dev?: boolean; readonly devOptional?: boolean; readonly link?: boolean }>
  >
}

/** The packages that `npm ci --omit=dev` installs, those within other packages left out. */
export function productionPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as Lock
  return Object.entries(packages)
    .filter(
      ([path, { dev, devOptional, link }]) =>
        /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && !dev && !devOptional && !link,
    )
    .map(([path]) => path)
}

/** A folder as a server has it: what was compiled, and the packages of production. */
export function createInstallation() {
  const folder = mkdtempSync(join(tmpdir(), 'wavespeed-installed-'))
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(project, 'scripts/build.mjs'), '--out', join(folder, 'dist')],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`the build failed:\n${stderr}`)
  for (const file of ['package.json', 'scripts/build.mjs']) cpSync(join(project, file), join(folder, file))
  for (const path of productionPackages()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    // What is only for other platforms is not there.
    if (statSync(join(project, path), { throwIfNoEntry: false }))
      symlinkSync(join(project, path), join(folder, path))
  }
  return {
    folder,
    /** Starts a program there; `output` is what it has written so far. */
    run(command: string, args: readonly string[], env: Record<string, string>, cwd = folder) {
      const { PATH = '' } = process.env
      const child = spawn(command, args, { cwd, env: { PATH, HOME: folder, ...env } })
      let output = ''
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text
        })
      }
      return { child, output: () => output }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Every file below a folder with the time of its last change; links are not followed. */
export function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => `${path} ${statSync(path).mtimeMs}`)
    .sort()
}
