/** Runs steps when they are due. An entry only wakes: the rows are the truth. */
export interface StepQueue {
  /** `run` answers when the same key is due again, or null if nothing more is to be done for it. */
  start(run: (key: string) => Promise<number | null>): void
  /** One entry per key: an earlier time wins over a later one. */
  schedule(key: string, at: number): void
  /** Takes no new step and waits for those under way. What others are to take may still be scheduled. */
  pause(): Promise<void>
  /** `pause`, and the end of scheduling. */
  stop(): Promise<void>
}
