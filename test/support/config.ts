import { ConfigError, type Environment, loadConfig } from '../../src/config.ts'

/** All that has to be set. */
export const key = { WAVESPEED_API_KEY: 'wsk-live-0123456789' }

/** What is wrong with these variables beside the key. */
export function faultsOf(env: Environment): readonly string[] {
  try {
    loadConfig({ ...key, ...env })
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}
