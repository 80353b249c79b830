import { type GraphQLError, parse, Source } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createDocumentCache, noCache } from '../../src/server/document-cache.ts'
import { parseWithin } from '../../src/server/document-limits.ts'

const refusalOf = (text: string | Source) => {
  try {
    return parseWithin(text) && null
  } catch (error) {
    return error as GraphQLError
  }
}

describe('a document', () => {
  it('may have 100,000 characters, and no more', () => {
    const text = (characters: number) => `{ a }${' '.repeat(characters - 5)}`
    expect(refusalOf(text(100_000))).toBeNull()
    const refusal = refusalOf(text(100_001))
    expect(refusal?.message).toMatch(/^The document has 100001 characters/)
    expect(refusal?.extensions).toEqual({ code: 'QUERY_TOO_LARGE' })
    expect(refusalOf(new Source(text(100_001)))?.message).toMatch(/characters/)
  })

  it.each(['\n', '\r', '\r\n'])('may have 4,000 lines, and no more, however they end (%j)', (end) => {
    const text = (lines: number) => `{ a }${end.repeat(lines - 1)}`
    expect(refusalOf(text(4_000))).toBeNull()
    const refusal = refusalOf(text(4_001))
    expect(refusal?.message).toMatch(/^The document has 4001 lines/)
    expect(refusal?.extensions).toEqual({ code: 'QUERY_TOO_LARGE' })
  })

  it('may have 2,000 tokens, and no more, whatever it is parsed with', () => {
    const names = (count: number) => Array.from({ length: count }, (_, index) => `a${index}`).join(' ')
    const text = (tokens: number) => `{ a { ${names(tokens - 5)} } }`
    expect(refusalOf(text(2_000))).toBeNull()
    expect(refusalOf(text(2_001))?.message).toMatch(/more that 2000 tokens/)
    expect(parseWithin('{ a }', { noLocation: true }).loc).toBeUndefined()
    expect(() => parseWithin(text(2_001), { maxTokens: 10_000 })).toThrow(/2000 tokens/)
  })
})

describe('a document that repeats itself', () => {
  const numbered = (count: number, of: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => of(index)).join(' ')

  it.each([
    [
      '50 aliases',
      'aliases',
      (count: number) => `{ a { ${numbered(count, (index) => `b${index}: b`)} } }`,
      50,
    ],
    [
      '50 aliases of fragments',
      'aliases',
      (count: number) =>
        `{ ...F } fragment F on Q { a { ${numbered(count, (index) => `b${index}: __typename`)} } }`,
      50,
    ],
    [
      '10 fields of one name',
      'of one name',
      (count: number) => `{ a { ${numbered(count, () => 'b')} } }`,
      10,
    ],
    [
      '10 fields of one alias',
      'of one name',
      (count: number) => `{ a { ${numbered(count, (index) => `b: b${index}`)} } }`,
      10,
    ],
    [
      '10 spreads of a fragment',
      'of one name',
      (count: number) => `{ a { ${numbered(count, () => '...F')} } } fragment F on A { b }`,
      10,
    ],
    [
      '10 fragments of one type',
      'of one name',
      (count: number) => `{ a { ${numbered(count, () => '... on A { b }')} } }`,
      10,
    ],
    [
      '30 fields of an operation',
      'an operation with',
      (count: number) => `{ ${numbered(count, (index) => `a${index}`)} }`,
      30,
    ],
    [
      '5 directives of a field',
      'directives',
      (count: number) => `{ a ${numbered(count, () => '@skip(if: true)')} }`,
      5,
    ],
    [
      '5 directives of an operation',
      'directives',
      (count: number) => `query ${numbered(count, () => '@a')} { a }`,
      5,
    ],
  ])('may have %s, and no more', (_, words, text, most) => {
    expect(refusalOf(text(most))).toBeNull()
    const refusal = refusalOf(text(most + 1))
    expect([refusal?.message, refusal?.extensions['code']]).toEqual([
      expect.stringContaining(words),
      'QUERY_TOO_LARGE',
    ])
  })
})

describe('the documents that are kept', () => {
  const of = (characters: number) => `{ a }${'#'.repeat(characters - 5)}`

  it('are found by their texts until they are forgotten', () => {
    const cache = createDocumentCache()
    const [text, other] = [of(50), of(60)]
    const document = parse(text)
    cache.set(text, document)
    cache.set(other, parse(other))
    expect(cache.get(text)).toBe(document)
    cache.forget(parse(text))
    expect(cache.get(text)).toBeUndefined()
    expect(cache.get(other)).toBeDefined()
    cache.forget(parse(other, { noLocation: true }))
    expect(cache.get(other)).toBeDefined()
  })

  it('take no more memory than they may: one that is too large is not kept', () => {
    const cache = createDocumentCache()
    const largest = (4 * 1024 * 1024) / 40
    const [fits, large] = [of(Math.floor(largest)), of(Math.floor(largest) + 1)]
    for (const text of [fits, large]) cache.set(text, parse(text))
    expect(cache.get(fits)).toBeDefined()
    expect(cache.get(large)).toBeUndefined()
  })

  it('take no more memory than they may: the one that was asked for longest ago goes first', () => {
    const cache = createDocumentCache()
    const texts = Array.from({ length: 9 }, (_, index) => of(100_000 + index))
    for (const text of texts) cache.set(text, parse(text))
    expect(texts.map((text) => cache.get(text) !== undefined)).toEqual([false, ...Array(8).fill(true)])
  })

  it('are at most 32 MiB', () => {
    const cache = createDocumentCache()
    const texts = Array.from({ length: 33 }, (_, index) => of(26_182 + index)) // each a little less than 1 MiB
    for (const text of texts) cache.set(text, parse(text))
    expect(texts.filter((text) => cache.get(text) !== undefined)).toHaveLength(32)
  })

  it('may be empty texts', () => {
    const cache = createDocumentCache()
    cache.set('', parse('{ a }'))
    expect(cache.get('')).toBeDefined()
  })

  it('are none where nothing is worth keeping', () => {
    noCache.set('a', undefined as never)
    expect(noCache.get('a')).toBeUndefined()
  })
})
