import { describe, type TestOptions } from 'vitest'
import { hasBrowser } from './browser.ts'
import { redisUrl } from './databases.ts'
import { hasNginx } from './nginx.ts'

/**
 * What a machine may lack. Tests that need it are left out there; each has its need as a tag, so that the last line of
 * the run names what was not run.
 */
export type Need = 'Redis' | 'Chromium' | 'nginx'

export function isMissing(need: Need | null): boolean {
  if (need === 'Redis') return redisUrl() === null
  if (need === 'Chromium') return !hasBrowser
  return need === 'nginx' && !hasNginx
}

/** A suite that is left out where there is not what it needs; null stands for no need. */
export function describeWith(
  need: Need | null,
  name: string,
  run: () => void,
  options: Pick<TestOptions, 'concurrent'> = {},
): void {
  describe.skipIf(isMissing(need))(name, { ...options, ...tagged(need) }, run)
}

export const tagged = (need: Need | null) => (need === null ? {} : { tags: [need] })
