import { closest, distance } from 'fastest-levenshtein'
import { secretVariables } from './secret-files.ts'
import { type Environment, formerVariables, gatewayVariables, sandboxVariables } from './variables.ts'

const known = [
  ...Object.keys(gatewayVariables),
  ...Object.keys(sandboxVariables),
  ...secretVariables.map((name) => `${name}_FILE`),
]

/** Beginnings that nobody else uses. (Others set AWS_… and …_PROXY, and Kubernetes REDIS_… for a service of that name.) */
const ours = /^(WAVESPEED|SANDBOX|DATABASE|ARCHIVE|CORS|ALLOW)_/

/** So near to one of ours that it is meant. Short names are near to everything. */
const isNear = (name: string) => name.length >= 6 && distance(name, closest(name, known)) <= 2

/** One that was not written to its end comes before one that is as long. */
const nearest = (name: string) => known.find((one) => one.startsWith(name)) ?? closest(name, known)

/** A sentence for each variable that resembles one of ours and is none: it has no effect, where one was meant. */
export function describeUnknown(env: Environment): string[] {
  return Object.keys(env).flatMap((name) => {
    const upper = name.toUpperCase()
    const reason = formerVariables[upper.replace(/_FILE$/, '')]
    if (reason) return [`${name} has no effect any more: ${reason}. Remove it.`]
    if (known.includes(name) || /_PROXY$/.test(upper) || !(ours.test(upper) || isNear(upper))) return []
    return [`${name} is no variable of the gateway and has no effect. The nearest is ${nearest(upper)}.`]
  })
}
