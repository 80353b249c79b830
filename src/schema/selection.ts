import type { FragmentDefinitionNode, GraphQLResolveInfo, SelectionSetNode } from 'graphql'

/** Fields of a job that need its input, which lists read only then. */
const ofInput: readonly string[] = ['input', 'source']

/** Whether the input of a job is needed anywhere below the field that is being resolved. */
export function asksForInput({ fieldNodes, fragments }: GraphQLResolveInfo): boolean {
  const seen = new Set<FragmentDefinitionNode>()

  function isIn({ selections }: SelectionSetNode): boolean {
    return selections.some((selection) => {
      if (selection.kind !== 'FragmentSpread') {
        const isIt = selection.kind === 'Field' && ofInput.includes(selection.name.value)
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
