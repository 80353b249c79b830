import { randomBytes } from 'node:crypto'
import type { TestProject } from 'vitest/node'
import { lastLine } from './support/last-line.ts'
import { chooseBackends } from './support/servers/backends.ts'
import { dropDatabases } from './support/servers/postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL on which tests create databases of their own. */
    postgresUrl: string
    /** What tells the names of this run's databases from those of others. */
    run: string
    /** What every test draws by that draws. */
    seed: number
  }
}

/** Drawn by everybody, so that what is red here is red elsewhere. */
const commonSeed = 20261125

/** Chooses servers and seed of a run once, says which they are, and at its end what was not run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const seed = chooseSeed(process.env['TEST_SEED'])
  const { postgresUrl, line, stop, ...versions } = await chooseBackends(process.env)
  project.provide('postgresUrl', postgresUrl)
  const run = randomBytes(4).toString('hex')
  project.provide('run', run)
  project.provide('seed', seed)
  process.stdout.write(`${line}\n`)
  return async () => {
    await dropDatabases(postgresUrl, `wavespeed_test_${run}_`)
    await stop()
    if (seed !== commonSeed) process.stdout.write(`seed: TEST_SEED=${seed} draws the same again\n`)
    process.stdout.write(`${lastLine(project.vitest.state.getTestModules(), versions)}\n`)
  }
}

function chooseSeed(text = ''): number {
  if (text === '') return commonSeed
  if (text === 'random') return Math.floor(Math.random() * 2 ** 31)
  const seed = Number(text)
  if (!Number.isInteger(seed))
    throw new Error(`TEST_SEED is "${text}": it must be a whole number or "random".`)
  return seed
}
