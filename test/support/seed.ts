import fc from 'fast-check'
import { inject } from 'vitest'
import { createRandom } from './random.ts'

/** Why a test that draws failed, and how to draw the same again. */
const again = () => `TEST_SEED=${inject('seed')} npm test -- <file> draws the same again.`

/** Numbers of the run's seed: the same in every run, unless TEST_SEED says otherwise. */
export const createDraws = () => createRandom(inject('seed'))

/** The rule holds for whatever is drawn by the run's seed. */
export function always<Drawn>(rule: fc.IProperty<Drawn>, runs = 100): void {
  fc.assert(rule, {
    seed: inject('seed'),
    numRuns: runs,
    reporter(outcome) {
      if (!outcome.failed) return
      throw new Error(`${fc.defaultReportMessage(outcome)}\n\n${again()}`, { cause: outcome.errorInstance })
    },
  })
}
