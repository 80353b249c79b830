import { expect, it } from 'vitest'
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
