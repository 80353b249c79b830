import { parseArgs } from 'node:util'
import { gatewayVariables } from './config.ts'
import { version } from './version.ts'

const names = Object.entries(gatewayVariables).map(([name, value]) => `  ${name}${value && `=${value}`}`)

const help = `wavespeed-graphql ${version}: a GraphQL gateway for WaveSpeedAI's video jobs.

  npm start                 the gateway
  npm start -- --help       this text
  npm start -- --version    the version

Everything is set by variables of the environment, or by lines of a file .env in the working directory;
docs/configuration.md says what each means. With their defaults:

${names.join('\n')}

To try it without a key: npm run demo
`

/** Answers `--help`, `--version` and whatever else is no setting; false where there is nothing to answer. */
export function answerArguments(args: readonly string[]): boolean {
  if (args.length === 0) return false
  try {
    const options = {
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'v' },
    } as const
    const { values } = parseArgs({ args: [...args], options })
    process.stdout.write(values.version ? `${version}\n` : help)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${help}`)
    process.exitCode = 1
  }
  return true
}
