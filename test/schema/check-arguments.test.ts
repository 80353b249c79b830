/** The checking of arguments, on a schema with every kind of place for a bound. */
import {
  buildSchema,
  type GraphQLFieldResolver,
  graphql,
  isInputObjectType,
  isObjectType,
  parse,
  subscribe,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { type Bounds, bounded, boundsOf, idOf, idsOf } from '../../src/schema/bounds.ts'
import { withBounds } from '../../src/schema/check-arguments.ts'

function start() {
  const schema = buildSchema(/* GraphQL */ `
    type Query { free: String, text(text: String, list: [String], input: Input, inputs: [Input!]!): String }
    type Mutation { text(text: String): String }
    type Subscription { ticks(text: String): Int, plain(text: String): Int }
    input Input { text: String, trusted: String, inner: Input, list: [Input] }
  `)
  const ran: string[] = []
  const argument = (type: string, field: string, name: string) => {
    const of = schema.getType(type)
    const found = isObjectType(of) ? of.getFields()[field]?.args.find((one) => one.name === name) : undefined
    if (!found) throw new Error(`no ${type}.${field}(${name})`)
    return found
  }
  const bound = (of: { extensions: object }, bounds: Bounds) => {
    of.extensions = { bounds }
  }
  for (const [type, field] of [
    ['Query', 'text'],
    ['Mutation', 'text'],
    ['Subscription', 'ticks'],
    ['Subscription', 'plain'],
  ] as const) {
    bound(argument(type, field, 'text'), { maxLength: 3 })
  }
  bound(argument('Query', 'text', 'list'), { maxItems: 2, maxLength: 3 })
  const input = schema.getType('Input')
  if (!isInputObjectType(input)) throw new Error('no input')
  const { text, trusted, list } = input.getFields()
  if (text) bound(text, { maxLength: 3 })
  if (trusted) bound(trusted, { maxLength: 3, checkedBy: 'service' })
  if (list) bound(list, { maxItems: 1 })

  const run: GraphQLFieldResolver<unknown, unknown> = () => {
    ran.push('resolved')
    return 'done'
  }
  const streams = schema.getSubscriptionType()?.getFields()
  const { ticks } = streams ?? {}
  if (!ticks) throw new Error('no stream')
  ticks.resolve = (value) => value
  ticks.subscribe = async function* () {
    ran.push('subscribed')
    yield 1
  }
  const query = schema.getQueryType()?.getFields()['text']
  if (query) query.resolve = run
  return { schema: withBounds(schema), ran }
}

async function ask(source: string) {
  const { schema, ran } = start()
  const { data, errors } = await graphql({ schema, source, rootValue: { free: 'free', text: 'root' } })
  return { data, message: errors?.[0]?.message ?? null, ran }
}

describe('an argument', () => {
  it.each([
    'text',
    'text(text: "abc", inputs: [])',
    'text(text: null, inputs: [])',
    'text(list: ["abc", "a"], inputs: [])',
    'text(input: { text: "abc", trusted: "abcdef", inner: null, list: [{}] }, inputs: [{ text: "a" }])',
  ])('within its bounds reaches the field: %s', async (field) => {
    const query = field === 'text' ? '{ text(inputs: []) }' : `{ ${field} }`
    expect(await ask(query)).toEqual({ data: { text: 'done' }, message: null, ran: ['resolved'] })
  })

  it.each([
    ['text(text: "abcd", inputs: [])', '`text` has 4 characters; at most 3 are allowed.'],
    ['text(list: ["a", "b", "c"], inputs: [])', '`list` has 3 entries; at most 2 are allowed.'],
    ['text(list: ["a", "abcd"], inputs: [])', '`list` has 4 characters; at most 3 are allowed.'],
    ['text(input: { text: "abcd" }, inputs: [])', '`input.text` has 4 characters; at most 3 are allowed.'],
    ['text(inputs: [{}, { text: "abcd" }])', '`inputs.text` has 4 characters; at most 3 are allowed.'],
    [
      'text(input: { inner: { list: [{ text: "abcd" }] } }, inputs: [])',
      '`input.inner.list.text` has 4 characters; at most 3 are allowed.',
    ],
    ['text(input: { list: [{}, {}] }, inputs: [])', '`input.list` has 2 entries; at most 1 are allowed.'],
  ])('beyond its bounds never reaches it: %s', async (field, message) => {
    expect(await ask(`{ ${field} }`)).toMatchObject({ message, ran: [] })
  })

  it('of a mutation is checked, and a field without a resolver of its own has that of its value', async () => {
    expect(await ask('mutation { text(text: "abc") }')).toMatchObject({
      data: { text: 'root' },
      message: null,
    })
    expect(await ask('mutation { text(text: "abcd") }')).toMatchObject({
      message: expect.stringContaining('4 char'),
    })
  })

  async function begin(field: string) {
    const { schema, ran } = start()
    const stream = await subscribe({
      schema,
      document: parse(`subscription { ${field} }`),
      rootValue: {
        async *plain() {
          yield { plain: 1 }
        },
      },
    })
    const first = 'next' in stream ? await stream.next() : null
    return { message: 'errors' in stream ? stream.errors?.[0]?.message : null, first, ran }
  }

  it('of a subscription is checked as it begins, where the stream does not begin', async () => {
    expect(await begin('ticks(text: "abc")')).toMatchObject({
      message: null,
      first: { value: { data: { ticks: 1 } } },
      ran: ['subscribed'],
    })
    expect(await begin('ticks(text: "abcd")')).toMatchObject({
      message: '`text` has 4 characters; at most 3 are allowed.',
      ran: [],
    })
  })

  it('of a subscription that begins by its value is checked with each event', async () => {
    expect(await begin('plain(text: "abc")')).toMatchObject({ first: { value: { data: { plain: 1 } } } })
    expect(await begin('plain(text: "abcd")')).toMatchObject({
      first: { value: { errors: [{ message: '`text` has 4 characters; at most 3 are allowed.' }] } },
    })
  })

  it('is none of a field that has none, which is left as it is', () => {
    const { schema } = start()
    expect(schema.getQueryType()?.getFields()['free']?.resolve).toBeUndefined()
  })
})

describe('bounds', () => {
  it('are said in words, after the description', () => {
    expect(bounded({}, 'A text.').description).toBe('A text.')
    expect(bounded({ maxItems: 2 }, 'Texts.').description).toBe('Texts. At most 2 entries.')
    expect(bounded({ maxLength: 3 }, 'A text.').description).toBe('A text. At most 3 characters.')
    expect(bounded({ maxItems: 2, maxLength: 3 }, 'Texts.').description).toBe(
      'Texts. At most 2 entries. At most 3 characters.',
    )
  })

  it('are found where they were stated, and are none elsewhere', () => {
    expect(boundsOf(bounded({ maxItems: 2 }, ''))).toEqual({ maxItems: 2 })
    expect(boundsOf({ extensions: {} })).toEqual({})
    expect(boundsOf(idOf('An id.'))).toEqual({ maxLength: 255 })
    expect(boundsOf(idsOf(7, 'Ids.'))).toEqual({ maxItems: 7, maxLength: 255 })
  })
})
