import type { Clock } from '../jobs/clock.ts'
import type { Archive } from './archive.ts'
import { nameOf } from './copy.ts'
import { longestPause, pauseAfter } from './pauses.ts'

/** An answer about the archive is good for so long: anybody may ask, and each answer is work. */
const checkLife = 5_000 // 5 seconds

/** What is known of the archive: while it refuses files, every job waits. */
export interface ArchiveHealth {
  /** The end of the pause that the archive's fault gives every job; null if there is none. */
  heldUntil(): number | null
  /** After a fault the archive is asked first, since a download in vain costs more; null if there was none, or it is over. */
  probe(): Promise<{ readonly error: unknown } | null>
  /** It did not take a file: answers why in a word. */
  refused(error: unknown): string
  /** It took a file. */
  took(): void
  /** Nothing waits for it any more. */
  endOutage(): void
  /** Whether files can be stored just now, in words. */
  report(): Promise<{ readonly ok: boolean; readonly detail?: string }>
}

export function createArchiveHealth(
  archive: Pick<Archive, 'check'>,
  clock: Pick<Clock, 'now'>,
): ArchiveHealth {
  /** Since the archive refused a file: why, how often in a row, and until when every job waits. */
  let outage: { readonly reason: string; readonly count: number; readonly until: number } | null = null
  let checked: { readonly at: number; readonly answer: Promise<string | null> } | null = null

  function heldUntil(): number | null {
    if (outage === null) return null
    const left = outage.until - clock.now()
    return left > 0 && left <= longestPause ? outage.until : null // More: the clock was set back.
  }

  async function faultNow(): Promise<{ readonly error: unknown } | null> {
    try {
      await archive.check()
      return null
    } catch (error) {
      return { error }
    }
  }

  async function describeNow(): Promise<string | null> {
    const fault = await faultNow()
    return fault && `it cannot be written: ${nameOf(fault.error)}`
  }

  return {
    heldUntil,
    probe: async () => (outage === null ? null : faultNow()),
    refused(error) {
      const reason = nameOf(error)
      // Copies that ran side by side meet one fault.
      const count = (outage?.count ?? 0) + (heldUntil() === null ? 1 : 0)
      outage = { reason, count, until: heldUntil() ?? clock.now() + pauseAfter(count) }
      return reason
    },
    took() {
      outage = null
      checked = null
    },
    endOutage() {
      outage = null
    },
    async report() {
      const now = clock.now()
      if (checked === null || Math.abs(now - checked.at) >= checkLife) {
        checked = { at: now, answer: describeNow() }
      }
      const detail = await checked.answer
      if (detail !== null) return { ok: false, detail }
      return outage === null ? { ok: true } : { ok: false, detail: `the last copy failed: ${outage.reason}` }
    },
  }
}
