import { createHash } from 'node:crypto'
import { buildSchema } from 'graphql'
import { describe, expect, it } from 'vitest'
import { readManifest } from '../../src/server/manifest.ts'

const schema = buildSchema('type Query { hello(name: String): String self: Query }')
const hash = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex')
const read = (manifest: unknown) => readManifest(JSON.stringify(manifest), schema)
const textsOf = (manifest: unknown) => {
  const result = read(manifest)
  if (result.faults) throw new Error(result.faults.join('\n'))
  return Object.fromEntries(result.texts)
}
const faultsOf = (manifest: unknown) => read(manifest).faults ?? []

const hello = 'query Hello { hello }'
const other = '{ self { hello } }'
const apollo = (...operations: unknown[]) => ({
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations,
})
const operation = (body: string, id = hash('sha256', body)) => ({ id, name: 'Hello', type: 'query', body })

describe('a manifest', () => {
  it('may be of Apollo', () => {
    expect(textsOf(apollo(operation(hello), operation(other, 'own-id')))).toEqual({
      [hash('sha256', hello)]: hello,
      'own-id': other,
      [hash('sha256', other)]: other,
    })
  })

  it.each(['md5', 'sha1', 'sha256'])('may be a map of ids and texts, by %s', (algorithm) => {
    expect(textsOf({ [hash(algorithm, hello)]: hello })).toEqual({
      [hash(algorithm, hello)]: hello,
      [hash('sha256', hello)]: hello,
    })
  })

  it('may name the algorithm of an id, and begin with a mark of its encoding', () => {
    const map = { [`sha256:${hash('sha256', hello)}`]: hello }
    expect(textsOf(map)).toEqual({ [hash('sha256', hello)]: hello })
    expect(readManifest(`\uFEFF${JSON.stringify(map)}`, schema).faults).toBeUndefined()
  })

  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a text', '"a"'],
    ['another format', '{ "format": "other", "version": 1, "operations": [] }'],
    ['another version', '{ "format": "apollo-persisted-query-manifest", "version": 2, "operations": [] }'],
    ['no operations', '{ "format": "apollo-persisted-query-manifest", "version": 1 }'],
  ])('is not %s', (_, json) => {
    expect(readManifest(json, schema).faults).toEqual([
      expect.stringMatching(/^it (is no JSON|must be an object)/),
    ])
  })

  it('has at least one document, and at most ten thousand', () => {
    expect(faultsOf({})).toEqual(['it has no documents.'])
    expect(faultsOf(apollo())).toEqual(['it has no documents.'])
    const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`id-${index}`, hello]))
    expect(faultsOf(many)).toEqual(['it has 10001 documents; at most 10000 are allowed.'])
  })

  it.each(['md5', 'sha1', 'sha256'])(
    'has no id in the form of a hash (%s) that is that of another text',
    (algorithm) => {
      for (const id of [hash(algorithm, other), hash(algorithm, other).toUpperCase()]) {
        const fault = `the id of the document "${id}" has the form of the ${algorithm} of its text, and is not that.`
        expect(faultsOf({ [id]: hello })).toEqual([fault])
        expect(faultsOf(apollo(operation(hello, id)))).toEqual([fault])
      }
    },
  )

  it('has no id that says of itself that it is a hash, and is none', () => {
    expect(faultsOf({ 'sha256:abc': hello })).toEqual([
      expect.stringContaining('"sha256:abc" has the form of the sha256'),
    ])
  })

  it('has each id once', () => {
    expect(faultsOf(apollo(operation(hello, 'a'), operation(other, 'a')))).toEqual([
      'the document "a" is there twice, with different texts.',
    ])
    expect(faultsOf(apollo(operation(hello, 'a'), operation(hello, 'a')))).toEqual([])
  })

  it('has ids and texts alone', () => {
    for (const one of [
      null,
      1,
      'a',
      { id: 'a' },
      { body: hello },
      { id: 1, body: hello },
      { id: '', body: hello },
    ])
      expect(faultsOf(apollo(operation(hello), one))).toEqual([
        'its document number 2 needs an id and a text.',
      ])
    expect(faultsOf({ a: 1 })).toEqual(['its document number 1 needs an id and a text.'])
  })

  it.each([
    ['is no GraphQL', '{ hello', /Syntax Error/],
    ['does not fit the schema', '{ goodbye }', /Cannot query field "goodbye"/],
    ['has no operation', 'fragment f on Query { hello }', /Fragment "f" is never used|no operation/],
    ['has too many tokens', `{ ${'hello '.repeat(2_001)} }`, /2000 tokens/],
    ['is too long', `{ hello } #${'a'.repeat(100_000)}`, /100000 are allowed/],
    ['repeats itself', `{ ${'hello '.repeat(11)} }`, /more than 10 fields/],
    ['is too deep', `{ ${'self { '.repeat(13)} hello ${'}'.repeat(14)}`, /levels|repeat|times/],
  ])('has no document that %s', (_, text, why) => {
    expect(faultsOf({ good: hello, bad: text })).toEqual([expect.stringMatching(why)])
    expect(faultsOf({ good: hello, bad: text })[0]).toMatch(/^the document "bad" cannot be run: /)
  })

  it('names the first ten faults, and how many more there are', () => {
    const bad = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`bad-${index}`, '{']))
    const faults = faultsOf(bad)
    expect(faults).toHaveLength(11)
    expect(faults[10]).toBe('and 2 more faults.')
    const { 'bad-0': _, 'bad-1': __, ...ten } = bad
    expect(faultsOf(ten)).toHaveLength(10)
  })
})
