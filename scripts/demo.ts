import { readSandboxOptions } from '../sandbox/env.ts'
import { startSandbox } from '../sandbox/sandbox.ts'
import { startApp } from '../src/app/app.ts'
import { runUntilSignal } from '../src/app/process.ts'
import { type Config, ConfigError, loadConfig, readEnvironment } from '../src/config.ts'

/** What the demo presets; every variable of `npm start` and of the sandbox still wins over it. */
const presets = {
  DATABASE_URL: 'file:data/demo.db',
  WAVESPEED_TIER: 'ultra',
  WAVESPEED_POLL_SECONDS: '1',
  LOG_LEVEL: 'error',
}

/** Starts the sandbox and a gateway that takes it for the vendor, in one process. */
async function startDemo(): Promise<{ stop(): Promise<void> }> {
  const given = readEnvironment(process.cwd())
  const { DATABASE_URL, ...others } = presets
  const env = { ...others, ...(!given['DATABASE_URL_FILE'] && { DATABASE_URL }), ...given }
  const read = readSandboxOptions(env)
  // Faults of the gateway's variables are told together with the sandbox's; its address is known only later.
  const faults = [
    ...(read.ok ? [] : read.faults),
    ...gatewayFaults({ ...env, ...vendorAt('http://127.0.0.1:1') }),
  ]
  if (!read.ok || faults.length > 0) throw new ConfigError(faults)

  const { database } = loadConfig({ ...env, ...vendorAt('http://127.0.0.1:1') })
  const folder = read.options.folder ?? besideHistory(database)
  const sandbox = await startSandbox({ ...read.options, ...(folder && { folder }) }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error
      throw new Error(
        `Port ${read.options.port} is in use: stop the program that listens there, or set SANDBOX_PORT.`,
      )
    },
  )
  try {
    const config = loadConfig({ ...env, ...vendorAt(sandbox.url) })
    // The demo logs errors only.
    for (const warning of config.warnings ?? []) process.stderr.write(`${warning}\n`)
    // Whoever tries it has an app on some port of this machine, and nothing here costs money.
    const app = await startApp({ ...config, server: { ...config.server, loopbackOrigins: true } })
    process.stdout.write(
      [
        '',
        `  GraphiQL        ${app.url}/graphql`,
        `  the sandbox     ${sandbox.url}   (stands in for WaveSpeedAI: no real video is made, nothing is billed)`,
        `  a source clip   ${sandbox.clips.source}`,
        '',
        '  Run the tabs from left to right. Ctrl+C stops both.',
        '',
        '',
      ].join('\n'),
    )
    return {
      async stop() {
        await app.stop()
        await sandbox.close()
      },
    }
  } catch (error) {
    await sandbox.close()
    throw error
  }
}

/** A history that lasts would else hold jobs that the vendor does not know any more. */
function besideHistory(database: Config['database']): string | null {
  if (database.kind === 'postgres') return 'data/demo.sandbox'
  return database.file === ':memory:' ? null : `${database.file}.sandbox`
}

function vendorAt(url: string) {
  return { WAVESPEED_BASE_URL: url, WAVESPEED_API_KEY: 'sandbox', WAVESPEED_API_KEY_FILE: undefined }
}

function gatewayFaults(env: Parameters<typeof loadConfig>[0]): readonly string[] {
  try {
    loadConfig(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

await runUntilSignal(startDemo)
