/** The pause after a first failure; it doubles from one to the next. */
export const firstPause = 10_000 // 10 seconds
export const longestPause = 30 * 60_000 // 30 minutes

export const pauseAfter = (count: number) => Math.min(firstPause * 2 ** (count - 1), longestPause)
