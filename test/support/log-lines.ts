import { createLog } from '../../src/log.ts'

/** A log, and its lines as objects without their time. */
export function createLogLines(level = 'info') {
  const lines: Record<string, unknown>[] = []
  const log = createLog(level, {
    write(text) {
      const { time: _, ...line } = JSON.parse(text)
      lines.push(line)
    },
  })
  return { log, lines }
}
