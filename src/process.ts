/** The process has this long to stop after a signal; then it ends, and says that it was not clean. */
const stopLimitMs = 10_000 // 10 seconds

/**
 * Runs what `start` starts until SIGINT or SIGTERM, then stops it. The process ends by itself with code 0 once
 * nothing is open any more, so an orderly end proves that nothing was left behind. A second signal ends it at once.
 */
export async function runUntilSignal(start: () => Promise<{ stop(): Promise<void> }>): Promise<void> {
  let signalled: () => void = () => {}
  const signal = new Promise<void>((resolve) => {
    signalled = resolve
  })
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      process.once(name, () => process.exit(130))
      signalled()
    })
  }
  try {
    const started = await start()
    const alive = setInterval(() => {}, 2 ** 30) // Until the signal, even with nothing else open.
    await signal
    clearInterval(alive)
    setTimeout(() => {
      process.stderr.write(`Not stopped within ${stopLimitMs / 1_000} s; ending.\n`)
      process.exit(1)
    }, stopLimitMs).unref()
    await started.stop()
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.removeAllListeners(name)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
