import { existsSync } from 'node:fs'
import { describe } from 'vitest'
import { hasBrowser } from './browser.ts'
import { hasNginx } from './nginx.ts'

/**
 * What a machine may lack. Tests that need it are left out there; each has its need as a tag, so that the last line of
 * the run names what was not run.
 */
export type Need = 'Chromium' | 'nginx' | 'ffmpeg'

export const ffmpeg = '/usr/bin/ffmpeg'

function isMissing(need: Need): boolean {
  if (need === 'Chromium') return !hasBrowser
  if (need === 'ffmpeg') return !existsSync(ffmpeg)
  return need === 'nginx' && !hasNginx
}

/** A suite that is left out where there is not what it needs. */
export function describeWith(need: Need, name: string, run: () => void): void {
  describe.skipIf(isMissing(need))(name, { tags: [need] }, run)
}
