export interface Random {
  /** From 0 up to 1. */
  next(): number
  /** From `minimum` up to `maximum`. */
  between(minimum: number, maximum: number): number
  /** A whole number from `minimum` to `maximum`, both included. */
  whole(minimum: number, maximum: number): number
  chance(probability: number): boolean
  one<T>(list: readonly [T, ...T[]]): T
  /** Fills the array, as `crypto.getRandomValues` does. */
  bytes(array: Uint8Array): Uint8Array
  /** Numbers of their own: what is drawn from them does not move what is drawn here. */
  fork(name: string): Random
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
    whole: (minimum, maximum) => minimum + Math.floor(next() * (maximum - minimum + 1)),
    chance: (probability) => next() < probability,
    one: (list) => list[Math.floor(next() * list.length)] ?? list[0],
    bytes(array) {
      for (let index = 0; index < array.length; index += 1) array[index] = next() * 256
      return array
    },
    fork: (name) =>
      createRandom(
        [...name].reduce((hash, char) => Math.imul(hash ^ char.charCodeAt(0), 0x01000193), seed ^ 0x811c9dc5),
      ),
  }
}
