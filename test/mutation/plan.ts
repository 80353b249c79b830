import type { Coverage, Mutant, Selection } from './mutant.ts'

/** What it takes to judge one mutant. */
export interface Plan {
  readonly mutant: Mutant
  /** The tests that run its code, the quickest first. */
  readonly selections: readonly Selection[]
  readonly hitLimit: number
}

const slowMs = 100

/** Far above what a test takes, on a machine that has other things to do: only what does not end shall meet it. */
const limitOf = (ms: number) => 3_000 + 10 * ms

export function planOf(mutant: Mutant, coverages: readonly Coverage[]): Plan {
  const found = coverages.flatMap((coverage): { readonly ms: number; readonly selection: Selection }[] => {
    const { testFile, loading, tests, ms } = coverage
    // What is evaluated as a module is loaded can change any of its tests.
    if (loading.includes(mutant.id))
      return [{ ms, selection: { testFile, tests: null, limitMs: limitOf(ms) } }]
    const chosen = tests.flatMap((test, place) =>
      test.mutants.includes(mutant.id) ? [{ ...test, place }] : [],
    )
    // Most mutants are noticed before a slow test is begun.
    return [chosen.filter((test) => test.ms < slowMs), chosen.filter((test) => test.ms >= slowMs)].flatMap(
      (some) => {
        if (some.length === 0) return []
        const limitMs = limitOf(Math.max(...some.map((test) => test.ms)))
        const selection = { testFile, tests: some.map(({ place }) => place), limitMs }
        return [{ ms: some.reduce((sum, test) => sum + test.ms, 0), selection }]
      },
    )
  })
  const hits = coverages.reduce((sum, coverage) => sum + (coverage.hits[mutant.id] ?? 0), 0)
  return {
    mutant,
    selections: found.sort((one, other) => one.ms - other.ms).map(({ selection }) => selection),
    hitLimit: 1_000 + 100 * hits,
  }
}

/** `count` of them, drawn by the seed (mulberry32 and a partial shuffle), in their old order. */
export function sampleOf<T>(all: readonly T[], count: number, seed: number): T[] {
  let state = seed >>> 0
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let word = Math.imul(state ^ (state >>> 15), state | 1)
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61)
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32
  }
  const keyed = all.map((one, place) => ({ one, place, key: random() }))
  const chosen = keyed.sort((one, other) => one.key - other.key).slice(0, count)
  return chosen.sort((one, other) => one.place - other.place).map(({ one }) => one)
}
