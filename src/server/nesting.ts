import { GraphQLError } from 'graphql'

/** A list of LoRAs within an input has 4. */
const maxLevels = 32

/** Refuses variables that nest deeper than any input: what describes or prints such a value runs out of stack. */
export function refuseNesting(variables: unknown): void {
  if (!isDeeperThan(variables, maxLevels)) return
  throw new GraphQLError(`The variables nest more than ${maxLevels} levels of lists and objects.`, {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
  })
}

/** Level by level and not by calling itself, so that no depth is too much for it. */
function isDeeperThan(value: unknown, levels: number): boolean {
  let level = [value]
  for (let depth = 0; depth <= levels; depth += 1) {
    level = level.flatMap((one) => (isContainer(one) ? Object.values(one) : []))
    if (level.length === 0) return false
  }
  return level.some(isContainer)
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
