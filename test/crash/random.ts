export interface Random {
  /** From 0 up to 1. */
  next(): number
  /** From `minimum` up to `maximum`. */
  between(minimum: number, maximum: number): number
  chance(probability: number): boolean
  one<T>(list: readonly [T, ...T[]]): T
}

/** Numbers that the seed decides (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (minimum, maximum) => minimum + next() * (maximum - minimum),
    chance: (probability) => next() < probability,
    one: (list) => list[Math.floor(next() * list.length)] ?? list[0],
  }
}
