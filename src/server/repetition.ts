import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql'

/** In one document. Lists of ids are for asking of many things alike. */
const mostAliases = 50
/** At one place; nobody needs more than `@skip` and `@include`. */
const mostDirectives = 5
/** Of one name beside each other, before they are merged. */
const mostRepeats = 10
/** Of one operation, as they are written. */
const mostRootFields = 30

/** Refuses a document that says the same again and again: validation and merging cost more with each of them. */
export function limitRepetition(document: DocumentNode): void {
  let aliases = 0
  visit(document, {
    enter(node) {
      if ('directives' in node && (node.directives?.length ?? 0) > mostDirectives)
        throw repeated(`more than ${mostDirectives} directives at one place`)
      if (node.kind === Kind.SELECTION_SET) limitNames(node)
      if (node.kind === Kind.OPERATION_DEFINITION) limitRoot(node)
      if (node.kind === Kind.FIELD && node.alias) aliases += 1
      if (aliases > mostAliases) throw repeated(`more than ${mostAliases} aliases`)
    },
  })
}

function limitNames({ selections }: SelectionSetNode): void {
  const counts = new Map<string, number>()
  for (const selection of selections) {
    const name = nameOf(selection)
    const count = (counts.get(name) ?? 0) + 1
    if (count > mostRepeats)
      throw repeated(`more than ${mostRepeats} fields or fragments of one name beside each other`)
    counts.set(name, count)
  }
}

/** Under which a field is answered; of a fragment its own. */
function nameOf(selection: SelectionNode): string {
  if (selection.kind === Kind.FIELD) return responseName(selection)
  return selection.kind === Kind.FRAGMENT_SPREAD
    ? `...${selection.name.value}`
    : `... on ${selection.typeCondition?.name.value ?? ''}`
}

const responseName = ({ alias, name }: FieldNode): string => (alias ?? name).value

function limitRoot({ selectionSet }: OperationDefinitionNode): void {
  if (selectionSet.selections.length > mostRootFields)
    throw repeated(`an operation with more than ${mostRootFields} fields`)
}

function repeated(what: string): GraphQLError {
  return new GraphQLError(`The document has ${what}.`, { extensions: { code: 'QUERY_TOO_LARGE' } })
}
