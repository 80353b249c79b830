/**
 * The health check of a container: ends with code 0 if the gateway beside it serves requests. Whether it can do its work
 * is another question (/ready): a restart mends no database.
 */
import { loadConfig, readEnvironment } from '../src/config.ts'
import { runScript } from './run-script.ts'

const limitMs = 4_000 // 4 seconds

await runScript(async () => {
  const { host, port } = loadConfig(readEnvironment(process.cwd())).server
  // Whoever listens on every address listens on this one.
  const address = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}/health`
  const { status } = await fetch(url, { signal: AbortSignal.timeout(limitMs) })
  if (status !== 200) throw new Error(`${url} answers HTTP ${status}.`)
})
