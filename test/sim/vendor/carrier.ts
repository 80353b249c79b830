import type { Random } from '../../support/random.ts'
import type { Time } from '../time.ts'
import { timeLimitMs } from './account.ts'
import type { Answer, Request as ApiRequest } from './api.ts'
import { type Fault, oddly } from './faults.ts'

export const fault = (code: string, syscall?: string) =>
  Object.assign(new Error(`${syscall ?? 'exchange'} ${code}`), { code, ...(syscall && { syscall }) })

/** What carries requests to the vendor and its answers back. */
export function createCarrier(options: {
  readonly answer: (request: ApiRequest) => Answer
  readonly time: Time
  readonly random: Random
}) {
  const { answer, time, random } = options

  /** Carries a request there and its answer back, however that goes. What was sent arrives whether or not anybody waits. */
  function carry(request: ApiRequest, bad: Fault | null, deliver: (result: Answer | Error) => void): void {
    const there = delayOf(bad)
    const back = random.whole(5, 300)
    const later = (ms: number, result: () => Answer | Error) => time.after(ms, () => deliver(result()))
    time.after(there, () => {
      const right = isDone(bad) ? answer(request) : null
      if (bad?.kind === 'silent') return
      if (bad?.kind === 'broken') later(back, () => fault('ECONNRESET', 'read'))
      else later(back, () => answerOf(bad, right))
    })
  }

  /** How long a request takes to the vendor. */
  function delayOf(bad: Fault | null): number {
    if (bad?.kind === 'late') return random.whole(5_000, 20_000)
    return bad?.kind === 'overdue' ? random.whole(timeLimitMs, 3 * timeLimitMs) : random.whole(5, 300)
  }

  function answerOf(bad: Fault | null, right: Answer | null): Answer {
    if (bad?.kind === 'instead') return bad.answer
    const said = right ?? { status: 500, body: '' }
    if (bad?.kind === 'odd') return oddly(random, said)
    if (bad?.kind === 'otherId')
      return { ...said, body: said.body.replaceAll(/"id":"[^"]+"/g, '"id":"0123456789abcdef"') }
    return said
  }

  return carry
}

/** Whether the vendor does what was asked. */
function isDone(bad: Fault | null): boolean {
  return bad === null || !('done' in bad) || bad.done
}
