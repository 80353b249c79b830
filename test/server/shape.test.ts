import { getIntrospectionQuery, getNamedType, isObjectType, parse, specifiedRules, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from '../../src/schema/index.ts'
import { exampleTabs } from '../../src/server/examples.ts'
import { limitShape } from '../../src/server/shape.ts'

function faults(query: string) {
  return validate(schema, parse(query), [...specifiedRules, limitShape]).map(({ message, extensions }) => ({
    message,
    code: extensions['code'],
  }))
}
const nested = (fields: string[]) =>
  `{ job(id: "a") ${fields.reduceRight((inner, field) => `{ id ${field} ${inner} }`, '{ id }')} }`
const tooDeep = [
  { code: 'QUERY_TOO_DEEP', message: expect.stringMatching(/`retries` and `retryOf`.*at most 2/) },
]

describe('the shape of an operation', () => {
  it('is fine for the introspection of GraphiQL, at its deepest', () => {
    const query = getIntrospectionQuery({
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    })
    expect(faults(query)).toEqual([])
  })

  it('is fine for every example', () => {
    for (const { query } of exampleTabs(null)) expect(faults(query)).toEqual([])
  })

  it('may go back to a job twice', () => {
    expect(faults(nested(['retries', 'retryOf']))).toEqual([])
    expect(faults('{ jobs { edges { node { retryOf { retries { timeline { message } } } } } } }')).toEqual([])
  })

  it('may not go back to a job more often, in whatever words', () => {
    expect(faults(nested(['retries', 'retryOf', 'retries']))).toEqual(tooDeep)
    expect(faults(nested(['retryOf', 'again: retryOf', 'retryOf']))).toEqual(tooDeep)
    expect(
      faults(`
        { node(id: "a") { ... on Job { ...one } } }
        fragment one on Job { retries { ... on Node { ... on Job { ...two } } } }
        fragment two on Job { ... { retryOf { ...three } } }
        fragment three on Job { retries { id } }
      `),
    ).toEqual(tooDeep)
    expect(faults('subscription { jobs { retries { retryOf { retries { id } } } } }')).toEqual(tooDeep)
  })

  it('is not deeper than twelve levels', () => {
    const deep = (levels: number) => `{ ${'a { '.repeat(levels - 1)} b ${'}'.repeat(levels)}`
    const codes = (levels: number) => faults(deep(levels)).map(({ code }) => code)
    expect(codes(12)).not.toContain('QUERY_TOO_DEEP')
    expect(codes(13)).toContain('QUERY_TOO_DEEP')
  })

  it('has no more than 2,000 fields', () => {
    const codes = (fields: number) =>
      validate(schema, parse(`{ ${'a '.repeat(fields)} }`), [limitShape]).map(
        ({ extensions }) => extensions['code'],
      )
    expect(codes(2_000)).toEqual([])
    expect(codes(2_001)).toEqual(['QUERY_TOO_LARGE'])
  })

  it('cannot be blown up with fragments', () => {
    const level = (name: string, field: string, inner: string) =>
      `fragment ${name} { ${Array.from({ length: 20 }, (_, index) => `f${index}: ${field} { ${inner} }`).join(' ')} }`
    const query = [
      '{ jobs { ...pages } }',
      level('pages on JobConnection', 'edges', '...edges'),
      level('edges on JobEdge', 'node', '...jobs'),
      level('jobs on Job', 'retries', 'id'),
    ].join('\n')
    expect(faults(query)).toEqual([
      { code: 'QUERY_TOO_LARGE', message: expect.stringContaining('16421 fields') },
    ])
  })

  it('leaves fragments within themselves and unknown names to the other rules', () => {
    const messages = faults('{ ...a b { c } ...d } fragment a on Query { ...a } fragment e on Nothing { f }')
    expect(messages.map(({ message }) => message).join(' ')).toMatch(/within itself/)
    expect(messages.map(({ code }) => code)).not.toContain('QUERY_TOO_DEEP')
  })

  it('would grow without bound nowhere else: no types lead to each other in a circle', () => {
    const leavesOf = new Map<string, Set<string>>()
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isObjectType(type) || type.name.startsWith('__')) continue
      const targets = Object.values(type.getFields()).map((field) => getNamedType(field.type))
      leavesOf.set(
        type.name,
        new Set(targets.filter((target) => target !== type && isObjectType(target)).map(({ name }) => name)),
      )
    }
    // Takes away what leads nowhere further, until nothing is left but circles.
    for (let before = -1; before !== leavesOf.size; ) {
      before = leavesOf.size
      for (const [name, targets] of leavesOf) {
        if ([...targets].every((target) => !leavesOf.has(target))) leavesOf.delete(name)
      }
    }
    expect([...leavesOf.keys()]).toEqual([])
  })
})
