/**
 * `npm run build`: compiles what runs in production into dist/, beside the files it reads there. `npm ci` and
 * `npm install` do so by `prepare`. Plain JavaScript, since nothing is compiled yet when it runs.
 *
 * `--prepare` is content with a dist/ that is there where the compiler is not (`npm ci --omit=dev`); `--out` names another
 * folder than dist/.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What programs read from beside themselves. */
const assets = ['src/db/sqlite/migrations', 'src/db/postgres/migrations', 'sandbox/clips']

function findCompiler() {
  try {
    const manifest = createRequire(import.meta.url).resolve('typescript/package.json')
    return join(dirname(manifest), 'bin', 'tsc')
  } catch {
    return null
  }
}

/** Whole or not at all: a program that starts meanwhile finds the old one, or the new one. */
function build(compiler, target) {
  const part = mkdtempSync(`${target}.`)
  try {
    const { status } = spawnSync(
      process.execPath,
      [compiler, '-p', 'tsconfig.build.json', '--outDir', part],
      {
        cwd: root,
        stdio: 'inherit',
      },
    )
    if (status !== 0) return false
    for (const asset of assets) cpSync(join(root, asset), join(part, asset), { recursive: true })
    chmodSync(part, 0o755) // who runs it may be somebody else
    rmSync(target, { recursive: true, force: true })
    renameSync(part, target)
    return true
  } finally {
    rmSync(part, { recursive: true, force: true })
  }
}

const { values } = parseArgs({ options: { prepare: { type: 'boolean' }, out: { type: 'string' } } })
const target = values.out ? resolve(values.out) : join(root, 'dist')
const compiler = findCompiler()
if (compiler !== null) process.exitCode = build(compiler, target) ? 0 : 1
else if (values.prepare && existsSync(join(target, 'src', 'main.js'))) {
  process.stdout.write(`The compiler is not installed: ${target} is used as it is.\n`)
} else {
  process.stderr.write(
    'There is nothing compiled in dist/, and no compiler to do it. Run `npm ci`, which brings one and compiles; then\n' +
      '`npm prune --omit=dev` removes what only developers need. Or bring dist/ along from where it was built.\n',
  )
  process.exitCode = 1
}
