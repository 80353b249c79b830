import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

/** An image as far as a folder can be one. */
export interface Image {
  /** Its /app. */
  readonly app: string
  readonly env: Readonly<Record<string, string>>
  readonly command: readonly string[]
  readonly health: readonly string[]
  readonly user: string | undefined
  /** Exact tags that it begins with. */
  readonly bases: readonly string[]
  remove(): void
}

/**
 * Follows a Dockerfile line by line, in folders, without a container engine. What would install packages from the
 * registry copies those of this project instead, as links to the same files; everything else runs.
 */
export function buildImage(project: string): Image {
  const folder = mkdtempSync(join(tmpdir(), 'wavespeed-image-'))
  chmodSync(folder, 0o755)
  const allowed = readFileSync(join(project, '.dockerignore'), 'utf8').split('\n')
  const stages = new Map<string, string>()
  const bases: string[] = []
  let app = ''
  let env: Record<string, string> = {}
  let command: string[] = []
  let health: string[] = []
  let user: string | undefined

  const inApp = (path: string) => join(app, path.replace(/^\/app/, ''))

  function copy(words: readonly string[]): void {
    const from = words[0]?.startsWith('--from=') ? words[0].slice('--from='.length) : null
    const paths = from === null ? words : words.slice(1)
    const target = inApp(paths.at(-1) ?? '')
    for (const path of paths.slice(0, -1)) {
      if (from === null && !allowed.includes(`!${path}`)) throw new Error(`.dockerignore leaves ${path} out`)
      const source =
        from === null ? join(project, path) : join(stages.get(from) ?? '', path.replace(/^\/app/, ''))
      const intoFolder = paths.length > 2 || (paths.at(-1) ?? '').endsWith('/')
      const isFile = !statSync(source).isDirectory()
      if (isFile) cpSync(source, intoFolder ? join(target, basename(source)) : target)
      else fill(source, target)
    }
  }

  function run(line: string): void {
    const install = 'npm ci --ignore-scripts && npm rebuild better-sqlite3'
    const script = line.replace(/chown node:node \S+/, 'true')
    if (line === install) fill(join(project, 'node_modules'), join(app, 'node_modules'))
    else execFileSync('/bin/sh', ['-ec', script], { cwd: app, stdio: 'pipe' })
  }

  const lines = readFileSync(join(project, 'Dockerfile'), 'utf8').split('\n')
  try {
    for (const line of lines.filter((text) => text !== '' && !text.startsWith('#'))) {
      const [instruction, ...words] = line.split(/\s+/)
      const rest = line.slice(instruction?.length).trim()
      if (instruction === 'FROM') {
        bases.push(words[0] ?? '')
        app = mkdtempSync(join(folder, 'stage-'))
        chmodSync(app, 0o755)
        if (words[1] === 'AS') stages.set(words[2] ?? '', app)
        env = {}
      } else if (instruction === 'COPY') copy(words)
      else if (instruction === 'RUN') run(rest)
      else if (instruction === 'ENV')
        env = { ...env, ...Object.fromEntries(words.map((word) => word.split('='))) }
      else if (instruction === 'CMD') command = JSON.parse(rest)
      else if (instruction === 'HEALTHCHECK') health = JSON.parse(rest.slice(rest.indexOf('[')))
      else if (instruction === 'USER') user = rest
      else if (!['WORKDIR', 'EXPOSE', 'VOLUME'].includes(instruction ?? ''))
        throw new Error(`what is ${line}?`)
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  return {
    app,
    env,
    command,
    health,
    user,
    bases,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A folder is filled with links to the same files; where it is on another disk, with copies. */
function fill(source: string, target: string): void {
  mkdirSync(target, { recursive: true })
  const copied = spawnSync('cp', ['-al', `${source}/.`, target])
  if (copied.status !== 0) execFileSync('cp', ['-a', `${source}/.`, target])
}
