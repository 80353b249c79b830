/** The three forms of a date in HTTP, which all begin with the day of the week. */
const httpDate = /^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .*\d{2}:\d{2}:\d{2}/i

/** `Retry-After` in milliseconds from `now`: seconds or an HTTP date; null if it is absent or makes no sense. */
export function retryAfterMs(header: string | null, now: number): number | null {
  if (header === null) return null
  const text = header.trim()
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1_000)
  // Date.parse takes almost anything for a date: "2.5" is one of 2001.
  if (!httpDate.test(text)) return null
  // The third form names no zone, and would be taken for the time of this machine's.
  const at = Date.parse(/ GMT$/i.test(text) ? text : `${text} GMT`)
  return Number.isNaN(at) ? null : Math.max(at - now, 0)
}
