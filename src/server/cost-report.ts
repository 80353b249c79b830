import type { ExecutionResult } from 'graphql'
import type { Viewer } from '../access/viewer.ts'
import type { JudgedCost } from './cost.ts'

/** What an answer says of its cost in `extensions.cost`, in the units of `FieldCost`. */
interface CostReport extends Pick<JudgedCost, 'requested' | 'limit'> {
  /** What the tenant has left in this minute, after this operation; left out where it has no limit. */
  readonly remaining?: number
}

/** By which a request over HTTP asks for it: with any value but 0. */
const header = 'x-graphql-cost'

/** What is known of a request, in the context of its operation. */
export interface CostContext {
  readonly request?: { readonly headers: { get(name: string): string | null } }
  readonly params?: { readonly extensions?: unknown }
  readonly viewer?: Viewer | undefined
}

/** Whether a request asks what it costs: by the header, or by `"cost": true` in its extensions, which every protocol has. */
function isAsked({ request, params }: CostContext): boolean {
  const extensions = params?.extensions as { readonly cost?: unknown } | null | undefined
  return extensions?.cost === true || (request?.headers.get(header) ?? '0') !== '0'
}

/** The result, with its cost where that is asked for. */
export function withCost(
  result: ExecutionResult,
  { requested, limit, remaining }: JudgedCost & { readonly remaining: number | null },
  context: CostContext,
): ExecutionResult {
  if (!isAsked(context)) return result
  const cost: CostReport = { requested, limit, ...(remaining !== null && { remaining }) }
  return { ...result, extensions: { ...result.extensions, cost } }
}
