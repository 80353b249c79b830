import { GraphQLError } from 'graphql'

/** A list of LoRAs within an input has 4. */
const maxLevels = 32
/** The largest input has 12 members, and a document of the largest size has room for 500 variables. */
const maxMembers = 1_000
/** One more than the longest list of any argument: whoever counts its entries still finds it too long. */
const maxEntries = 1_001

/**
 * Bounds variables before anything describes, prints or coerces them. Those that nest deeper than any input, or have
 * more members, are refused; the end of a list that is too long anyway is dropped, so that what refuses it need not
 * read each entry.
 */
export function boundVariables(variables: unknown): void {
  // Level by level and not by calling itself, so that no depth is too much for it.
  let level = [variables].filter(isContainer)
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxLevels) {
      throw refusal(`The variables nest more than ${maxLevels} levels of lists and objects.`)
    }
    level = level.flatMap((one) => membersOf(one).filter(isContainer))
  }
}

function membersOf(container: object): unknown[] {
  if (Array.isArray(container)) {
    if (container.length > maxEntries) container.length = maxEntries
    return container
  }
  const members = Object.values(container)
  if (members.length > maxMembers) {
    throw refusal(
      `An object of the variables has ${members.length} members; at most ${maxMembers} are allowed.`,
    )
  }
  return members
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function refusal(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } })
}
