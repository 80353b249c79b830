import type { FragmentDefinitionNode, GraphQLResolveInfo, SelectionSetNode } from 'graphql'

/** Whether a field of this name is asked for anywhere below the field that is being resolved. */
export function asksFor(name: string, { fieldNodes, fragments }: GraphQLResolveInfo): boolean {
  const seen = new Set<FragmentDefinitionNode>()

  function isIn({ selections }: SelectionSetNode): boolean {
    return selections.some((selection) => {
      if (selection.kind !== 'FragmentSpread') {
        const isIt = selection.kind === 'Field' && selection.name.value === name
        return isIt || (selection.selectionSet !== undefined && isIn(selection.selectionSet))
      }
      const fragment = fragments[selection.name.value]
      if (fragment === undefined || seen.has(fragment)) return false
      seen.add(fragment)
      return isIn(fragment.selectionSet)
    })
  }

  return fieldNodes.some(({ selectionSet }) => selectionSet !== undefined && isIn(selectionSet))
}
