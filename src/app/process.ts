import { withoutSecrets } from '../log.ts'
import { stopMs } from './stop.ts'

/** A closed terminal is a stop like the others. */
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** npm passes a Ctrl+C on to a program that the terminal has told already: what comes so close is the same signal. */
const sameSignalMs = 1_000 // 1 second

/**
 * Runs what `start` starts until one of the signals, then stops it. The process ends by itself with code 0 once nothing
 * is open any more, so an orderly end proves that nothing was left behind. A second signal ends it at once.
 */
export async function runUntilSignal(start: () => Promise<{ stop(): Promise<void> }>): Promise<void> {
  let signalled: () => void = () => {}
  const signal = new Promise<void>((resolve) => {
    signalled = resolve
  })
  let firstAt: number | null = null
  const onSignal = () => {
    firstAt ??= performance.now()
    if (performance.now() - firstAt > sameSignalMs) process.exit(130)
    signalled()
  }
  for (const name of stopSignals) process.on(name, onSignal)
  try {
    const started = await start()
    const alive = setInterval(() => {}, 2 ** 30) // Until the signal, even with nothing else open.
    await signal
    clearInterval(alive)
    setTimeout(() => {
      process.stderr.write(`Not stopped within ${stopMs / 1_000} s; ending.\n`)
      process.exit(1)
    }, stopMs).unref()
    await started.stop()
  } catch (error) {
    process.stderr.write(`${withoutSecrets(error instanceof Error ? error.message : String(error))}\n`)
    process.exitCode = 1
  } finally {
    for (const name of stopSignals) process.off(name, onSignal)
  }
}
