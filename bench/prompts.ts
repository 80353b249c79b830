const words =
  'the of a in at with and red blue green fox dog lion house river walks runs jumps over under slowly quickly dawn dusk ' +
  'night cinematic shot old young woman man child forest city street rain snow light neon camera pans left right zoom ' +
  'portrait landscape ocean wave mountain desert sky cloud dancer robot dragon castle watercolour grain film macro drone ' +
  'golden hour slow motion smoke glass mirror velvet copper lantern harbour bridge tower garden orchard meadow winter'
const vocabulary = words.split(' ')

/**
 * Prompts by their numbers, the same each time: words, the first of the vocabulary far more often than the last. `zebra` is in
 * ten of them, `carnival` in the first half percent only.
 */
export function createPrompts(rows: number): (n: number) => string {
  let seed = 1
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return seed / 0x80000000
  }
  return (n) => {
    const made = Array.from({ length: 25 }, () => vocabulary[Math.floor(random() ** 2 * vocabulary.length)])
    if (n % Math.ceil(rows / 10) === 7) made.push('zebra')
    if (n < rows / 200) made.push('carnival')
    return made.join(' ')
  }
}
