import type { GraphQLSchema } from 'graphql'

/**
 * The same schema.
 *
 * @throws Error if an operation does not say who may run it: `authScopes` of its field
 */
export function withScopes(schema: GraphQLSchema): GraphQLSchema {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  for (const root of roots) {
    for (const { name, extensions } of Object.values(root?.getFields() ?? {})) {
      const { authScopes } = (extensions['pothosOptions'] ?? {}) as { readonly authScopes?: unknown }
      if (!authScopes) throw new Error(`${root?.name}.${name} does not say who may run it: add authScopes`)
    }
  }
  return schema
}
