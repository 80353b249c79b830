import { startApp } from './app.ts'
import { loadConfig, readEnvironment } from './config.ts'
import { runUntilSignal } from './process.ts'

await runUntilSignal(async () => startApp(loadConfig(readEnvironment(process.cwd()))))
