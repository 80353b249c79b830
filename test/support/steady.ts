import type { Clock, SteadyClock } from '../../src/jobs/clock.ts'

/** A clock that never leaps as the one of a process. */
export const steady = (clock: Clock): SteadyClock => ({
  ...clock,
  steadySince: clock.now(),
  ago: (ms) => clock.now() - ms,
})
