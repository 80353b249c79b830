import {
  defaultFieldResolver,
  type ExecutionResult,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isIntrospectionType,
  isLeafType,
  isListType,
  isObjectType,
} from 'graphql'

/** What an entry of a list takes for its own fields: 20,000 entries fill an answer. */
const charactersPerEntry = 400

/** What is left of an answer's room. */
export interface Room {
  readonly most: number
  characters: number
}

export function roomFor(characters: number): Room {
  return { most: characters, characters }
}

const limited = new WeakSet<GraphQLSchema>()

/** Counts the texts and entries of every answer of this schema, where its context has a `room`; once a schema. */
export function countAnswers(schema: GraphQLSchema): void {
  if (limited.has(schema)) return
  limited.add(schema)
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue
    for (const field of Object.values(type.getFields())) {
      const of = getNamedType(field.type)
      const isText = of.name === 'String' || of.name === 'ID'
      const isList = isListType(getNullableType(field.type)) && !isLeafType(of)
      const take = isText ? taken : isList ? takenEntries : null
      if (take) field.resolve = counting(field.resolve ?? defaultFieldResolver, take)
    }
  }
}

/** Once the room is used up texts and lists are empty: the answer is not sent anyway, and must not grow until then. */
function counting(
  resolve: GraphQLFieldResolver<unknown, unknown>,
  take: (value: unknown, room: Room) => unknown,
): GraphQLFieldResolver<unknown, unknown> {
  return (source, args, context, info) => {
    const { room } = context as { room?: Room }
    if (room === undefined) return resolve(source, args, context, info)
    const value = resolve(source, args, context, info)
    return value instanceof Promise ? value.then((one) => take(one, room)) : take(value, room)
  }
}

function taken(value: unknown, room: Room): unknown {
  if (Array.isArray(value)) return value.map((one) => taken(one, room))
  if (typeof value !== 'string') return value
  room.characters -= value.length
  return room.characters < 0 ? '' : value
}

function takenEntries(value: unknown, room: Room): unknown {
  if (!Array.isArray(value)) return value
  room.characters -= value.length * charactersPerEntry
  return room.characters < 0 ? [] : value
}

/** The result, or in place of one that is too large an error. */
export function withinRoom(result: ExecutionResult, room: Room): ExecutionResult {
  if (room.characters >= 0) return result
  const message = `The answer has more than ${room.most} characters of text, or tens of thousands of entries: ask for fewer jobs at once, or leave out \`input\` or \`retries\`.`
  return { errors: [new GraphQLError(message, { extensions: { code: 'ANSWER_TOO_LARGE' } })] }
}
