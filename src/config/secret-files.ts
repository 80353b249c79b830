import { readFileSync } from 'node:fs'
import type { Environment } from './variables.ts'

/** Each may also be in a file, which `<name>_FILE` names: containers are given secrets so. */
export const secretVariables = [
  'WAVESPEED_API_KEY',
  'DATABASE_URL',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
] as const

/** The same with the contents of those files, without the line break at their end. */
export function withSecretFiles(env: Environment, faults: string[]): Environment {
  const read: Record<string, string | undefined> = { ...env }
  for (const name of secretVariables) {
    const path = env[`${name}_FILE`]?.trim()
    if (!path) continue
    if (env[name]?.trim()) {
      faults.push(`${name} and ${name}_FILE are both set: leave one of them out.`)
      continue
    }
    try {
      read[name] = readFileSync(path, 'utf8')
        .replace(/^\uFEFF/, '')
        .replace(/[\r\n]+$/, '')
      if (read[name]?.trim() === '') faults.push(`${name}_FILE names ${path}, which is empty.`)
    } catch (error) {
      // In its place stands nothing that could be a fault of its own.
      const { code } = error as NodeJS.ErrnoException // All faults of files have one.
      faults.push(`${name}_FILE names ${path}, which cannot be read (${code}).`)
    }
  }
  return read
}
