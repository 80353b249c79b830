import {
  defaultFieldResolver,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isListType,
  isObjectType,
} from 'graphql'
import { boundsOf } from './bounds.ts'
import { badArgument } from './error.ts'

/** Refuses arguments beyond their bounds before anything is done with them, on every field of the schema. */
export function withBounds(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue
    for (const field of Object.values(type.getFields())) {
      if (field.args.length === 0) continue
      const { subscribe } = field
      if (type === schema.getSubscriptionType() && subscribe) field.subscribe = checking(field, subscribe)
      else field.resolve = checking(field, field.resolve ?? defaultFieldResolver)
    }
  }
  return schema
}

type Resolver = GraphQLFieldResolver<unknown, unknown>

function checking(field: GraphQLField<unknown, unknown>, resolve: Resolver): Resolver {
  return (source, args, context, info) => {
    for (const argument of field.args) check(argument, args[argument.name], argument.name)
    return resolve(source, args, context, info)
  }
}

function check(of: GraphQLArgument | GraphQLInputField, value: unknown, path: string): void {
  if (value === null || value === undefined) return
  const { maxItems, maxLength, checkedBy } = boundsOf(of)
  if (checkedBy === 'service') return
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (maxItems !== undefined && values.length > maxItems) {
    throw badArgument(`\`${path}\` has ${values.length} entries; at most ${maxItems} are allowed.`)
  }
  for (const one of values) {
    if (maxLength !== undefined && String(one).length > maxLength) {
      throw badArgument(`\`${path}\` has ${String(one).length} characters; at most ${maxLength} are allowed.`)
    }
    const type = objectOf(of.type)
    if (type === null) continue
    for (const field of Object.values(type.getFields())) {
      check(field, (one as Record<string, unknown>)[field.name], `${path}.${field.name}`)
    }
  }
}

function objectOf(type: GraphQLInputType) {
  let inner = getNullableType(type)
  while (isListType(inner)) inner = getNullableType(inner.ofType as GraphQLInputType)
  return isInputObjectType(inner) ? inner : null
}
