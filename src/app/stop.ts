/** The process has so long to stop after a signal; then it ends, and says that it was not clean. */
export const stopMs = 10_000 // 10 seconds

/**
 * What each part gets of it, in the order in which they stop; what is left is the history's. Steps and requests end side
 * by side, the bus closes after them: what the last steps have changed goes out before the process does.
 */
export const stopShares = {
  /** Then what is under way with the vendor and the archive is broken off, and recorded as such. */
  stepsMs: 0.6 * stopMs,
  /** Then no write waits any more for a file that another program holds: what is not written is taken up at the next start. */
  writesMs: 0.8 * stopMs,
  requestsMs: 0.5 * stopMs,
  /** Once for messages on their way out, and as long again for a bus that may not answer. */
  busMs: 0.1 * stopMs,
}
