import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isObjectType,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql'

/**
 * What a field says of itself in `extensions.cost`. One unit is about a value of an answer: 100 bytes at the most, and
 * two microseconds.
 */
export interface FieldCost {
  /** Of one value, with the work behind it; 1 by default. */
  readonly weight?: number
  /** Entries of a list, guessed. Pages and lists of ids are counted from their arguments. */
  readonly items?: number
  /** More weight where an argument at this path has a value, such as `filter.prompt` for a search. */
  readonly withArgument?: { readonly path: string; readonly weight: number }
}

/**
 * The most that one operation may cost. A page of a hundred jobs with all of their fields costs about 29,000, the whole
 * introspection of graphql-js about 4,000.
 */
export const maxCost = 33_000

/** The same for one event of a subscription, of which there may be thousands: a job with all of its fields costs about 270. */
export const maxEventCost = 2_000

const itemsByDefault = 10
const defaultPage = 20

/** What an operation may cost at the most, by its document and its arguments; more than `limit` is not counted on. */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  limit = maxCost,
): number {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === 'FragmentDefinition') fragments.set(definition.name.value, definition)
  }
  /** Costs that are known, by what is selected and what it is selected of. */
  const known = new Map<SelectionSetNode, Map<unknown, number>>()
  let counted = 0

  /** `of`: the page's size below a connection, or the very object of an introspection; null for anything else. */
  function ofSelection(selected: SelectionSetNode, type: GraphQLOutputType, of: unknown): number {
    const costs = known.get(selected) ?? new Map<unknown, number>()
    known.set(selected, costs)
    const before = costs.get(of)
    if (before !== undefined) return before
    costs.set(of, 0) // A fragment within itself is validation's fault.
    let sum = 0
    /** What the selection costs of one type only: a value of an abstract type is of one of its types. */
    const apart = new Map<string, number>()
    for (const selection of selected.selections) {
      if (sum > limit || counted > limit) return Number.POSITIVE_INFINITY
      if (selection.kind === 'Field') sum += ofField(selection, type, of)
      else {
        const fragment = selection.kind === 'InlineFragment' ? selection : fragments.get(selection.name.value)
        const condition = fragment?.typeCondition
        const inner = condition ? schema.getType(condition.name.value) : type
        if (!fragment || !isCompositeType(inner)) continue
        const cost = ofSelection(fragment.selectionSet, inner, of)
        if (isAbstractType(type) && isObjectType(inner))
          apart.set(inner.name, (apart.get(inner.name) ?? 0) + cost)
        else sum += cost
      }
    }
    const total = sum + Math.max(0, ...apart.values())
    costs.set(of, total)
    return total
  }

  function ofField(node: FieldNode, parent: GraphQLOutputType, of: unknown): number {
    counted += 1
    const key = keyCost(node)
    if (node.name.value === TypeNameMetaFieldDef.name) return 1 + key
    const field = definitionOf(node.name.value, parent)
    if (!field) return 0 // Validation's fault.
    const args = getArgumentValues(field, node, variables)
    if (isIntrospectionType(getNamedType(field.type)) || isIntrospectionType(getNamedType(parent))) {
      return key + ofIntrospection(node, field, args, of)
    }
    const { weight = 1, items = itemsByDefault, withArgument } = costFacts(field)
    const own = key + weight + (withArgument && at(args, withArgument.path) != null ? withArgument.weight : 0)
    const isList = isListType(getNullableType(field.type))
    const type = getNamedType(field.type)
    const below = node.selectionSet ? ofSelection(node.selectionSet, type, pageOf(field, args)) : 0
    if (!isList) return own + below
    const times = lengthOf(args) ?? (typeof of === 'number' ? of : items)
    return own + times * (below + weight) // The work behind a list is that of its entries.
  }

  /** Introspection depends on the schema alone, so it is counted as it will be answered. */
  function ofIntrospection(
    node: FieldNode,
    field: GraphQLField<unknown, unknown>,
    args: Record<string, unknown>,
    of: unknown,
  ): number {
    const info = { schema } as GraphQLResolveInfo
    const value: unknown = field.resolve?.(of, args, undefined, info)
    const values = Array.isArray(value) ? value : [value]
    return values.reduce<number>((sum, one) => {
      if (sum > limit || counted > limit) return Number.POSITIVE_INFINITY
      counted += 1
      if (typeof one === 'string') return sum + 1 + Math.floor(one.length / 100)
      const below = one != null && node.selectionSet
      return sum + 1 + (below ? ofSelection(node.selectionSet, getNamedType(field.type), one) : 0)
    }, 0)
  }

  function definitionOf(name: string, parent: GraphQLOutputType): GraphQLField<unknown, unknown> | undefined {
    const type = getNamedType(parent)
    if (type === schema.getQueryType()) {
      if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef
      if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef
    }
    return isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined
  }

  const root = schema.getRootType(operation.operation) as GraphQLObjectType | undefined
  return root ? ofSelection(operation.selectionSet, root, null) : 0
}

/** What an operation may cost, of a subscription each event, and what it may cost at the most. */
export interface JudgedCost {
  /** Null for one that costs so much that it was not counted to its end. */
  readonly requested: number | null
  readonly limit: number
  /** Of an operation that would cost too much; null if it may run. */
  readonly refusal: GraphQLError | null
}

/** Counts what an operation may cost before it runs. */
export function judgeCost(...operation: Parameters<typeof costOf>): JudgedCost {
  const cost = costOf(...operation)
  const isStream = operation[2].operation === 'subscription'
  const limit = isStream ? maxEventCost : maxCost
  const requested = Number.isFinite(cost) ? cost : null
  return { requested, limit, refusal: cost <= limit ? null : tooExpensive(isStream, requested, limit) }
}

function tooExpensive(isStream: boolean, cost: number | null, most: number): GraphQLError {
  const what = isStream ? 'An event of the subscription' : 'The operation'
  const words = cost ?? `more than ${maxCost}`
  return new GraphQLError(
    `${what} may cost ${words}; at most ${most} are allowed. Ask for fewer entries, fields or aliases at once.`,
    { extensions: { code: 'QUERY_TOO_EXPENSIVE' } },
  )
}

/** The name of a field is a part of the answer, once for each value; an alias may be as long as the document. */
function keyCost({ alias, name }: FieldNode): number {
  return Math.floor((alias ?? name).value.length / 100)
}

function costFacts({ extensions }: GraphQLField<unknown, unknown>): FieldCost {
  return (extensions['cost'] ?? {}) as FieldCost
}

/** The size of the page below a connection; null for any other field. */
function pageOf(
  { args: defined }: GraphQLField<unknown, unknown>,
  args: Record<string, unknown>,
): number | null {
  if (!defined.some(({ name }) => name === 'first')) return null
  const asked = args['first'] ?? args['last'] ?? defaultPage
  return typeof asked === 'number' ? Math.max(asked, 0) : defaultPage
}

/** How many ids an argument lists, where the answer has an entry for each. */
function lengthOf({ ids }: Record<string, unknown>): number | null {
  return Array.isArray(ids) ? ids.length : null
}

function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce((node: unknown, key) => (node as Record<string, unknown> | null | undefined)?.[key], value)
}
