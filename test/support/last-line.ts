import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { TestCase, TestModule } from 'vitest/node'
import type { Backends } from './servers/backends.ts'

/** Why tests with a need are left out, by their tag. */
const reasons: Record<string, string> = {
  Chromium: 'no /usr/bin/chromium',
  nginx: 'no /usr/sbin/nginx',
  ffmpeg: 'no /usr/bin/ffmpeg',
}

type Versions = Pick<Backends, 'postgresVersion'>

/** The end of a run: what was not run, and why; or that every test was, and on what. */
export function lastLine(modules: readonly TestModule[], backends: Versions): string {
  const skipped = modules.flatMap((module) => [...module.children.allTests('skipped')])
  const empty = modules.filter((module) => module.children.size === 0) // it could not be loaded
  if (empty.length > 0) return `not run: ${empty.map((module) => module.relativeModuleId).join(', ')}`
  if (skipped.length === 0) return `every test of ${modules.length} files ran: ${versions(backends)}`
  const needs = [...Object.keys(reasons), other]
  const groups = needs.map((need) =>
    describeGroup(need, skipped.filter((test) => needOf(test) === need).length),
  )
  return `not run: ${groups.filter((words) => words !== null).join(', ')}`
}

const other = 'others'
const needOf = ({ tags }: TestCase) => tags.find((tag) => tag in reasons) ?? other

function describeGroup(need: string, length: number): string | null {
  if (length === 0) return null
  const count = `${length} ${length === 1 ? 'test' : 'tests'}`
  return need === other
    ? `${count} left out by name, filter or a failed hook`
    : `${need} (${count}: ${reasons[need]})`
}

const ask = (program: string, ...args: string[]) =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })

function versions({ postgresVersion }: Versions): string {
  const sqlite = new Database(':memory:')
  const version = sqlite.prepare('SELECT sqlite_version()').pluck().get()
  sqlite.close()
  const chromium = '/usr/bin/chromium'
  const browser = existsSync(chromium) ? ask(chromium, '--version') : ''
  return [
    `SQLite ${version}`,
    `PostgreSQL ${postgresVersion}`,
    ...(/Chromium [\d.]+/.exec(browser) ?? []),
  ].join(', ')
}
