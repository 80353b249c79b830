import type { Random } from '../support/random.ts'

/** What may happen to a job, as directives of the sandbox; each is as likely as the others. */
const fates: readonly [string, ...string[]] = [
  // Nothing.
  '',
  '',
  '',
  '',
  // The answer is lost; the task was made.
  '[sandbox:cut-after]',
  '[sandbox:server-error=502,after]',
  '[sandbox:hang,after]',
  '[sandbox:not-json,after]',
  '[sandbox:not-json=200,after]',
  '[sandbox:wrong-shape,after]',
  '[sandbox:envelope-error=500,after]',
  // The answer is lost; no task was made.
  '[sandbox:cut-before]',
  '[sandbox:server-error=500]',
  '[sandbox:hang]',
  '[sandbox:not-json]',
  // The answer takes seconds.
  '[sandbox:slow=8000]',
  '[sandbox:slow=8000,after]',
  '[sandbox:slow=20000,after]',
  // Refused.
  '[sandbox:envelope-error=1402]',
  // Looks go wrong.
  '[sandbox:server-error=503,on=result,times=3]',
  '[sandbox:cut-before,on=result,times=2]',
  '[sandbox:not-json=200,on=result,times=2]',
  '[sandbox:hang,on=result,times=1]',
  // The task goes wrong, or is odd.
  '[sandbox:fail=1200]',
  '[sandbox:fail=1402]',
  '[sandbox:fail=5000]',
  '[sandbox:vendor-status=timeout]',
  '[sandbox:unknown-status=dreaming,forSeconds=20]',
  '[sandbox:lost-output]',
  '[sandbox:never-finishes]',
]

const webhooks: readonly [string, ...string[]] = [
  '',
  '[sandbox:webhook-twice]',
  '[sandbox:webhook-late=30]',
  '[sandbox:webhook-never]',
]

/** What the vendor does to everybody for a while. */
export const weather: readonly [object, ...object[]] = [
  { kind: 'rate-limited', on: 'submit', times: 2 },
  { kind: 'rate-limited', retryAfter: 5, on: 'submit', times: 2 },
  { kind: 'unauthorized', seconds: 10 },
  { kind: 'server-error', on: 'list', times: 3 },
  { kind: 'cut-after', on: 'submit', times: 1 },
  { kind: 'server-error', seconds: 10 },
]

export interface Wish {
  /** With the same key a request that was cut is repeated, and makes no second job. */
  readonly key: string
  readonly prompt: string
  /** Whether its user cancels it, and how many real milliseconds after it was recorded. */
  readonly cancelAfterMs: number | null
}

/** What the users of the run ask for; the number in the prompt tells the jobs apart. */
export function drawWishes(count: number, random: Random): Wish[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `wish-${index}`,
    prompt: `#${index}# ${random.one(fates)} ${random.one(webhooks)}`.trim(),
    cancelAfterMs: random.chance(0.05) ? random.between(0, 1_000) : null,
  }))
}
