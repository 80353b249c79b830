import type { VendorClient } from './client.ts'
import type { Prediction } from './prediction.ts'

/** What is searched for in the vendor's list: tasks of a model that were made between `from` and `to`. */
export interface Wanted {
  readonly model: string
  readonly from: number
  readonly to: number
  readonly isIt: (prediction: Prediction) => boolean
  /** Whether one is enough: the search ends with it. */
  readonly once: boolean
}

export interface Found {
  /** Newest first. */
  readonly predictions: readonly Prediction[]
  /** Whether the list was read to its end, or as far as it had to be. */
  readonly all: boolean
}

interface Search extends Wanted {
  readonly found: Map<string, Prediction>
  readonly resolve: (found: Found) => void
  readonly reject: (error: unknown) => void
}

const pageSize = 100
/** Pages that one reading has at the most: 100,000 tasks, three times what the largest account makes in a search's window. */
const mostPages = 1_000

/**
 * Searches in the vendor's list. One reading of it serves all that are asked for by the time it begins and whose times
 * overlap: whoever asks meanwhile is served by the next.
 */
export function createListing(client: Pick<VendorClient, 'list'>): (wanted: Wanted) => Promise<Found> {
  /** Those that wait, by model; a model is here as long as its list is read. */
  const waiting = new Map<string, Search[]>()

  async function serve(model: string, searches: Search[]): Promise<void> {
    await Promise.resolve() // Those that are asked for in the same turn come along.
    for (let batch = searches.splice(0); batch.length > 0; batch = searches.splice(0)) {
      for (const group of overlapping(batch)) await read(model, group)
    }
    waiting.delete(model)
  }

  async function read(model: string, group: readonly Search[]): Promise<void> {
    const from = Math.min(...group.map((search) => search.from))
    const ends = Math.max(...group.map((search) => search.to))
    let to = ends
    const isDone = () => group.every(({ once, found }) => once && found.size > 0)
    let all = false
    try {
      for (let read = 0, page = 1; read < mostPages && !all; read += 1) {
        const { predictions, size } = await client.list({
          page,
          page_size: pageSize,
          model,
          created_after: new Date(from).toISOString(),
          created_before: new Date(to).toISOString(),
          include_inputs: true,
        })
        for (const one of predictions) for (const search of group) take(search, one, from, ends)
        all = size < pageSize || isDone()
        const next = olderThan(predictions, size, from, to)
        page = next === null ? page + 1 : 1
        to = next ?? to
      }
      for (const { found, resolve } of group) resolve({ predictions: [...found.values()], all })
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }

  return (wanted) =>
    new Promise((resolve, reject) => {
      const search: Search = { ...wanted, found: new Map(), resolve, reject }
      const others = waiting.get(wanted.model)
      if (others) others.push(search)
      else {
        const searches = [search]
        waiting.set(wanted.model, searches)
        void serve(wanted.model, searches)
      }
    })
}

/** Takes it if it is wanted; the list was asked for what was made from `start` to `end`. */
function take({ from, to, isIt, found }: Search, prediction: Prediction, start: number, end: number): void {
  const madeAt = prediction.createdAt ?? Number.NaN
  // In the time of another search only: not meant. A time that cannot be is one in a form that is not understood.
  const isOthers = madeAt >= start && madeAt <= end && (madeAt < from || madeAt > to)
  if (!isOthers && isIt(prediction)) found.set(prediction.id, prediction)
}

/**
 * Until when the rest of the list was made, so that its pages need no number: a number counts from the newest, of which
 * there are more by the time of the next page, and thousands deep is far for a database. Null where the page does not
 * tell: it is not newest first, an entry cannot be read, or its times may have been cut to seconds.
 */
function olderThan(
  predictions: readonly Prediction[],
  size: number,
  from: number,
  to: number,
): number | null {
  let oldest = to
  for (const { createdAt } of predictions) {
    const at = createdAt ?? Number.NaN
    if (!(at <= oldest && at >= from)) return null
    oldest = at
  }
  // Those of the same millisecond may be on the next page, too: the vendor's times are finer than ours.
  const next = oldest + 1
  return predictions.length === size && oldest % 1_000 !== 0 && next < to ? next : null
}

/** Searches whose times overlap, together. */
function overlapping(searches: readonly Search[]): readonly (readonly Search[])[] {
  const groups: Search[][] = []
  let group: Search[] = []
  let end = Number.NEGATIVE_INFINITY
  for (const search of [...searches].sort((one, other) => one.from - other.from)) {
    if (search.from > end) {
      group = []
      groups.push(group)
    }
    group.push(search)
    end = Math.max(end, search.to)
  }
  return groups
}
