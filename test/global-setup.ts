import type { TestProject } from 'vitest/node'
import { chooseBackends } from './support/servers/backends.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL on which tests create databases of their own. */
    postgresUrl: string
    redisUrl: string | null
  }
}

/** Chooses the servers of a run once, and says before and after it which they are. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { postgresUrl, redisUrl, line, stop } = await chooseBackends(process.env)
  project.provide('postgresUrl', postgresUrl)
  project.provide('redisUrl', redisUrl)
  process.stdout.write(`${line}\n`)
  return async () => {
    await stop()
    process.stdout.write(`${line}\n`)
  }
}
