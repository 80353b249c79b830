import type { History } from '../jobs/work.ts'

type Call = (...args: unknown[]) => Promise<unknown>

/** What is to be called in the place of a method. */
export type Around = (name: string, call: Call) => Call

export function aroundEach<T extends object>(role: T, around: Around): T {
  const methods = Object.entries(role) as [string, Call][] // All that a role has is asynchronous.
  const wrapped = methods.map(([name, call]) => [name, around(name, call)])
  return Object.fromEntries(wrapped) as T // Each is the one of that name, or wraps it.
}

/** The same history, with something around every call. */
export function aroundHistory(history: History, around: Around): History {
  const { ping, checkWritable } = history
  return {
    for: (tenant) => aroundEach(history.for(tenant), around),
    work: aroundEach(history.work, around),
    changes: aroundEach(history.changes, around),
    ...aroundEach({ ping, checkWritable }, around),
  }
}

/** The methods that write, or find out whether that works. */
export const writing: ReadonlySet<string> = new Set([
  'insert',
  'change',
  'remove',
  'claim',
  'advance',
  'withdraw',
  'correct',
  'markSent',
  'settle',
  'take',
  'finish',
  'renew',
  'put',
  'repair',
  'bringForward',
  'spread',
  'release',
  'prune',
  'hold',
  'endTry',
  'retryHolds',
  'checkWritable',
] satisfies (keyof History['work'] | keyof ReturnType<History['for']> | keyof History)[])
