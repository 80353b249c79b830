/** The tables may mean something that this version does not know: it must not write them. */
export class NewerHistoryError extends Error {
  override name = 'NewerHistoryError'
}

export function refuseNewer(newest: number, known: number, place: string): void {
  if (newest <= known) return
  throw new NewerHistoryError(
    `The history ${place} was used by a newer version of the gateway (its tables are of ${dayOf(newest)}, this version ` +
      `knows those of ${dayOf(known)}): start that version, or put a backup from before the upgrade in its place.`,
  )
}

/** Commands that work beside gateways upgrade nothing: an upgrade has no way back. */
export class OlderHistoryError extends Error {
  override name = 'OlderHistoryError'
  constructor(place: string) {
    super(
      `The history ${place} is of an older version: back it up and start a gateway of this version, which brings its ` +
        'tables up to date. Nothing was changed.',
    )
  }
}

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)
