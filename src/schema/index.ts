import type { GraphQLSchema } from 'graphql'
import { builder } from './builder.ts'
import { withBounds } from './check-arguments.ts'
import { withScopes } from './check-scopes.ts'
import './access.ts'
import './create-job.ts'
import './error.ts'
import './family.ts'
import './gateway.ts'
import './job.ts'
import './job-actions.ts'
import './job-counts.ts'
import './job-list.ts'
import './model.ts'
import './subscription.ts'
import './upload.ts'

/** The public API; `schema.graphql` is its text. */
export const schema: GraphQLSchema = withScopes(withBounds(builder.toSchema()))
