import {
  type ASTVisitor,
  GraphQLError,
  type GraphQLNamedType,
  getNamedType,
  isInterfaceType,
  isObjectType,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql'

/** The deepest sensible operation, a job's retries with their timelines on a page, has 7. */
const maxLevels = 12

/** `retries` of `retryOf` of `retries`, and so on, multiplies the answer with every step. */
const maxRepeats = 2

/** As many as a document of the largest size can write out: only fragments, spread again and again, come to more. */
const maxFields = 2_000

interface Shape {
  /** Fields below each other. */
  readonly levels: number
  /** Fields on one path that lead from a type to the same type. */
  readonly repeats: number
  /** Fields, with every fragment written out. */
  readonly fields: number
}

const nothing: Shape = { levels: 0, repeats: 0, fields: 0 }

/**
 * A validation rule: an operation of a few hundred bytes must not ask for an answer that grows exponentially.
 * Introspection is left to graphql's own rule, since its types nest deeper than those of jobs.
 */
export function limitShape(context: ValidationContext): ASTVisitor {
  const measured = new Map<string, Shape>()

  function ofFragment(name: string): Shape {
    const known = measured.get(name)
    if (known) return known
    measured.set(name, nothing) // a fragment within itself is another rule's fault
    const fragment = context.getFragment(name)
    const shape = fragment
      ? measure(fragment.selectionSet, typeOf(fragment.typeCondition.name.value))
      : nothing
    measured.set(name, shape)
    return shape
  }

  function typeOf(name: string): GraphQLNamedType | undefined {
    return context.getSchema().getType(name)
  }

  function measure({ selections }: SelectionSetNode, parent: GraphQLNamedType | undefined): Shape {
    return selections.reduce<Shape>((sum, selection) => {
      if (selection.kind === 'FragmentSpread') return beside(sum, ofFragment(selection.name.value))
      if (selection.kind === 'InlineFragment') {
        const condition = selection.typeCondition
        return beside(sum, measure(selection.selectionSet, condition ? typeOf(condition.name.value) : parent))
      }
      const name = selection.name.value
      const hasFields = isObjectType(parent) || isInterfaceType(parent)
      const field = hasFields ? parent.getFields()[name] : undefined
      const type = field && getNamedType(field.type)
      const below =
        selection.selectionSet && !name.startsWith('__') ? measure(selection.selectionSet, type) : nothing
      return beside(sum, {
        levels: below.levels + 1,
        repeats: below.repeats + (type !== undefined && type === parent ? 1 : 0),
        fields: below.fields + 1,
      })
    }, nothing)
  }

  return {
    OperationDefinition(node) {
      const { levels, repeats, fields } = measure(
        node.selectionSet,
        context.getSchema().getRootType(node.operation) ?? undefined,
      )
      const refuse = (code: string, message: string) =>
        context.reportError(new GraphQLError(message, { nodes: node, extensions: { code } }))
      if (levels > maxLevels) {
        refuse(
          'QUERY_TOO_DEEP',
          `The operation nests ${levels} levels of fields; at most ${maxLevels} are allowed.`,
        )
      }
      if (repeats > maxRepeats) {
        refuse(
          'QUERY_TOO_DEEP',
          `The operation goes ${repeats} times from a type to the same type on one path, as \`retries\` and \`retryOf\` do; at most ${maxRepeats} are allowed.`,
        )
      }
      if (fields > maxFields) {
        refuse(
          'QUERY_TOO_LARGE',
          `The operation has ${fields} fields with its fragments written out; at most ${maxFields} are allowed.`,
        )
      }
    },
  }
}

function beside(one: Shape, other: Shape): Shape {
  return {
    levels: Math.max(one.levels, other.levels),
    repeats: Math.max(one.repeats, other.repeats),
    fields: one.fields + other.fields,
  }
}
