import { buildSchema, execute, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { countAnswers, roomFor, withinRoom } from '../../src/server/answer-size.ts'

describe('the texts of an answer', () => {
  const schema = buildSchema(/* GraphQL */ `
    type Query {
      text: String
      id: ID!
      number: Int
      texts: [String!]!
      numbers: [Int]
      things: [Thing!]
      later: [Thing]
      nothing: [Thing]
      slow: String
      missing: String
    }
    type Thing { text: String }
  `)
  countAnswers(schema)
  countAnswers(schema) // Once is enough, and twice is no more.

  const things = [{ text: 'ab' }, { text: 'cd' }]
  const values = {
    text: 'abcde',
    id: 'xyz',
    number: 1234,
    texts: ['ab', 'cde'],
    numbers: [1, 2, 3],
    things,
    later: Promise.resolve(things),
    nothing: null,
    slow: Promise.resolve('abc'),
    missing: null,
  }

  async function ask(query: string, characters: number) {
    const room = roomFor(characters)
    const result = await execute({
      schema,
      document: parse(query),
      rootValue: values,
      contextValue: { room },
    })
    return { data: result.data, left: room.characters, room, result }
  }

  it.each([
    ['a text', '{ text }', 5],
    ['an id', '{ id }', 3],
    ['a number', '{ number }', 0],
    ['texts', '{ texts }', 5],
    ['numbers', '{ numbers }', 0],
    ['a text that comes later', '{ slow }', 3],
    ['entries and their texts', '{ things { text } }', 2 * 400 + 4],
    ['entries that come later', '{ later { text } }', 2 * 400 + 4],
    ['no entries', '{ nothing { text } }', 0],
    ['no text', '{ missing }', 0],
    ['the same text twice', '{ a: text b: text }', 10],
  ])('are counted: %s', async (_name, query, characters) => {
    const { left, result, room } = await ask(query, 10_000)
    expect(result.errors).toBeUndefined()
    expect(10_000 - left).toBe(characters)
    expect(withinRoom(result, room)).toBe(result)
  })

  it('fill it, and are empty beyond that, as its lists are', async () => {
    expect((await ask('{ text }', 5)).data).toEqual({ text: 'abcde' })
    expect((await ask('{ text }', 4)).data).toEqual({ text: '' })
    expect((await ask('{ texts }', 4)).data).toEqual({ texts: ['ab', ''] })
    expect((await ask('{ things { text } }', 804)).data).toEqual({ things })
    expect((await ask('{ things { text } }', 800)).data).toMatchObject({
      things: [{ text: '' }, { text: '' }],
    })
    expect((await ask('{ things { text } }', 799)).data).toEqual({ things: [] })
  })

  it('that do not fit it make it an error that says how large it may be', async () => {
    const fits = await ask('{ text }', 5)
    expect(withinRoom(fits.result, fits.room)).toBe(fits.result)
    const { result, room } = await ask('{ text }', 4)
    const { errors, data } = withinRoom(result, room)
    expect(data).toBeUndefined()
    expect(errors?.[0]?.extensions).toEqual({ code: 'ANSWER_TOO_LARGE' })
    expect(errors?.[0]?.message).toContain('more than 4 characters')
  })

  it('are not counted where no room is given', async () => {
    const document = parse('{ text things { text } }')
    const { data } = await execute({ schema, document, rootValue: values, contextValue: {} })
    expect(data).toEqual({ text: 'abcde', things })
  })

  it('of an introspection are not counted', async () => {
    expect((await ask('{ __schema { types { name } } }', 10)).left).toBe(10)
  })
})
