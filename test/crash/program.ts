/** What both programs of the crash test are started with, as JSON in their one argument. */
export interface ProgramArguments {
  /** When the run began: the start of the scaled clock. */
  readonly epoch: number
  readonly seed: number
}

export function readArguments(): ProgramArguments {
  return JSON.parse(process.argv[2] ?? '') as ProgramArguments
}

/** Ends this process when the one that started it is gone, however that happened: its end of the pipe closes. */
export function endWithParent(): void {
  process.stdin.on('end', () => process.exit(1)).resume()
  if ('unref' in process.stdin) process.stdin.unref()
}
