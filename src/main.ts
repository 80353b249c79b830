import { startApp } from './app/app.ts'
import { runUntilSignal } from './app/process.ts'
import { answerArguments } from './arguments.ts'
import { loadConfig, readEnvironment } from './config.ts'

if (!answerArguments(process.argv.slice(2))) {
  await runUntilSignal(async () => startApp(loadConfig(readEnvironment(process.cwd()))))
}
