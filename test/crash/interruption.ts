import type { HistoryJob } from './client.ts'
import type { VendorSubmit } from './vendor.ts'

/** How far a submission had come when its gateway was killed. */
export type Phase = 'claimed, not sent' | 'sent, not taken' | 'taken, not answered' | 'answered, not recorded'

export interface Interruption {
  readonly jobId: string
  readonly phase: Phase
  /** The moment of the kill, by the scaled clock. */
  readonly killedAt: number
}

/** The submissions that a kill met under way: what the history says of them, and the vendor's books of how far they got. */
export function interruptions(
  history: readonly HistoryJob[],
  submits: readonly VendorSubmit[],
  kills: readonly number[],
): Interruption[] {
  return history.flatMap(({ id, input, timeline }) =>
    timeline.flatMap((entry, index) => {
      if (entry.state !== 'SUBMITTING' || !entry.message.startsWith('Sending')) return []
      const from = Date.parse(entry.at)
      const next = timeline[index + 1]
      const to = next ? Date.parse(next.at) : Number.POSITIVE_INFINITY
      const killedAt = kills.find((at) => at >= from && at < to)
      // Canceled on its way, the POST may have ended before the kill.
      if (killedAt === undefined || next?.state === 'CANCELED') return []
      const sent = submits.find(
        ({ at, input: body }) => body?.prompt === input.prompt && at >= from && at <= to,
      )
      return [{ jobId: id, phase: phaseOf(sent), killedAt }]
    }),
  )
}

function phaseOf(sent: VendorSubmit | undefined): Phase {
  if (!sent) return 'claimed, not sent'
  if (sent.predictionId === undefined) return 'sent, not taken'
  return typeof sent.status === 'number' ? 'answered, not recorded' : 'taken, not answered'
}
