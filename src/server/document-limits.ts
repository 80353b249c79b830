import { type DocumentNode, GraphQLError, type ParseOptions, parse, type Source } from 'graphql'
import { limitRepetition } from './repetition.ts'

/** The introspection query of GraphiQL has about 200 tokens; validation grows faster than the document does. */
const maxTokens = 2_000
/** An input whose texts are as long as they may be, written out, has 53,000. */
const maxCharacters = 100_000
/** A token on each line is half of it. Every error is told with its line, which graphql counts from the beginning. */
const maxLines = 4_000

/** Faults of one document that are told; each is searched for in the text. */
export const mostFaults = 20

/** Parses a document that is not larger than anybody writes. */
export function parseWithin(source: string | Source, options?: ParseOptions): DocumentNode {
  const text = typeof source === 'string' ? source : source.body
  if (text.length > maxCharacters) {
    throw tooLarge(
      `The document has ${text.length} characters; at most ${maxCharacters} are allowed. Long texts belong into variables.`,
    )
  }
  const lines = text.split(/\r\n|[\n\r]/).length
  if (lines > maxLines) {
    throw tooLarge(`The document has ${lines} lines; at most ${maxLines} are allowed.`)
  }
  const document = parse(source, { ...options, maxTokens })
  limitRepetition(document)
  return document
}

function tooLarge(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'QUERY_TOO_LARGE' } })
}
