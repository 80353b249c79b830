import { startApp } from './app.ts'
import { answerArguments } from './arguments.ts'
import { loadConfig, readEnvironment } from './config.ts'
import { runUntilSignal } from './process.ts'

if (!answerArguments(process.argv.slice(2))) {
  await runUntilSignal(async () => startApp(loadConfig(readEnvironment(process.cwd()))))
}
