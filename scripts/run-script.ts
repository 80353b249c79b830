import { withoutSecrets } from '../src/log.ts'

/** Runs a command; its error is a sentence on stderr and exit code 1. */
export async function runScript(command: () => Promise<void>): Promise<void> {
  try {
    await command()
  } catch (error) {
    process.stderr.write(`${withoutSecrets(error instanceof Error ? error.message : String(error))}\n`)
    process.exitCode = 1
  }
}
