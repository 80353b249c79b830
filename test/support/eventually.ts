import { vi } from 'vitest'

/** Waits until `check` stops throwing: as long as the slowest machine needs, since a timing is no verdict. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 100_000 })
}
