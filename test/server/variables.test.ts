import { describe, expect, it } from 'vitest'
import { boundVariables } from '../../src/server/variables.ts'

it('of a list that is too long for any argument no more is kept than shows it', () => {
  const variables = { input: { loras: Array(300_000).fill({}) }, ids: Array(1_000).fill('a') }
  boundVariables(variables)
  expect(variables.input.loras).toHaveLength(1_001)
  expect(variables.ids).toHaveLength(1_000)
})

it('variables may nest as deep as a list of an input, and not hundreds of levels', () => {
  let deep: unknown = 1
  for (let level = 0; level < 100_000; level += 1) deep = level % 2 ? [deep] : { deep }
  expect(() => boundVariables({ deep })).toThrow('nest more than 32 levels')
  expect(() => boundVariables({ input: { loras: [{ path: 'a/b', scale: 1 }] } })).not.toThrow()
  expect(() => boundVariables(undefined)).not.toThrow()
})

describe('variables', () => {
  const nested = (levels: number, wrap: (inner: unknown) => unknown) => {
    let value: unknown = 1
    for (let level = 0; level < levels; level += 1) value = wrap(value)
    return value
  }

  it.each([
    ['objects', (inner: unknown) => ({ inner })],
    ['lists', (inner: unknown) => [inner]],
  ])('may nest 33 %s, themselves included, and no more', (_name, wrap) => {
    expect(() => boundVariables(nested(33, wrap))).not.toThrow()
    expect(() => boundVariables(nested(34, wrap))).toThrow('nest more than 32 levels')
  })

  it('may have objects of 1,000 members, and no more', () => {
    const members = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, index]))
    expect(() => boundVariables({ input: members(1_000) })).not.toThrow()
    expect(() => boundVariables({ input: members(1_001) })).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('has 1001 members'),
        extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
      }),
    )
  })

  it('are left as they are where no list is longer than 1,001', () => {
    const variables = { a: Array(1_001).fill(0), b: null, c: [null, [1]], d: 'text' }
    boundVariables(variables)
    expect(variables).toEqual({ a: Array(1_001).fill(0), b: null, c: [null, [1]], d: 'text' })
  })
})
