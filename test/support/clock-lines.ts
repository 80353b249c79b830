import { createLog } from '../../src/log.ts'

/** The lines of a log as they were written, without what is the same in each. */
export function createLines() {
  const lines: object[] = []
  const log = createLog('warn', {
    write(line) {
      const { level: _, time: __, ...said } = JSON.parse(line)
      lines.push(said)
    },
  })
  return { lines, log }
}

/** What is said of a step of the clock that is followed. */
export const set = (stepMs: number, takenOver: boolean) => ({
  stepMs,
  takenOver,
  msg: 'the clock was set: the gateway goes by one that was not',
})
