import type { GraphQLArgument, GraphQLInputField } from 'graphql'

/** What an argument or an input field may hold, in its `extensions.bounds`. */
export interface Bounds {
  readonly maxItems?: number
  readonly maxLength?: number
  /** Who refuses what is beyond: the schema with a GraphQL error, or the service with an issue, as data. */
  readonly checkedBy?: 'service'
}

/** Options of an argument or input field that state its bounds, in words as well. */
export function bounded(bounds: Bounds, description: string) {
  const { maxItems, maxLength } = bounds
  const words = [
    maxItems === undefined ? [] : `At most ${maxItems} entries.`,
    maxLength === undefined ? [] : `At most ${maxLength} characters.`,
  ].flat()
  return { description: [description, ...words].join(' '), extensions: { bounds } }
}

/** Longer than any id, of which ours have 30 characters. */
const longestId = 255

export const idOf = (description: string) => bounded({ maxLength: longestId }, description)
export const idsOf = (maxItems: number, description: string) =>
  bounded({ maxItems, maxLength: longestId }, description)

export function boundsOf(of: Pick<GraphQLArgument | GraphQLInputField, 'extensions'>): Bounds {
  return (of.extensions['bounds'] ?? {}) as Bounds
}
