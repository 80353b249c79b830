import type { JobFilter } from '../jobs/store.ts'
import { bounded } from './bounds.ts'
import { builder } from './builder.ts'
import { JobNode, JobState } from './job.ts'
import { Model } from './model.ts'
import { connectionOf, type Order, pageQuery } from './page.ts'
import { asksForInput } from './selection.ts'

/** Longer than any text that makes sense to search for. */
const longestSearch = 1_000
/** Each value once, and room for who repeats some. */
const mostChoices = 50

export const JobFilterInput = builder.inputType('JobFilter', {
  description: 'Which jobs. Every condition that is given has to hold.',
  fields: (t) => ({
    states: t.field({ type: [JobState], ...bounded({ maxItems: mostChoices }, 'In one of these states.') }),
    models: t.field({ type: [Model], ...bounded({ maxItems: mostChoices }, 'On one of these models.') }),
    createdAfter: t.field({ type: 'DateTime', description: 'Recorded after this time.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Recorded before this time.' }),
    prompt: t.string(
      bounded({ maxLength: longestSearch }, 'The prompt contains this text; letters A to Z in either case.'),
    ),
  }),
})

const JobOrderEnum = builder.enumType('JobOrder', {
  description: 'The order of a list of jobs.',
  values: {
    CREATED_AT_DESC: { value: 'CREATED_AT_DESC', description: 'Newest first.' },
    CREATED_AT_ASC: { value: 'CREATED_AT_ASC', description: 'Oldest first.' },
    UPDATED_AT_DESC: { value: 'UPDATED_AT_DESC', description: 'Latest change first.' },
    UPDATED_AT_ASC: { value: 'UPDATED_AT_ASC', description: 'Longest unchanged first.' },
  } as const,
})

const defaultOrder = 'CREATED_AT_DESC'

const orders: Record<typeof JobOrderEnum.$inferType, Order> = {
  CREATED_AT_DESC: { by: 'CREATED_AT', descending: true },
  CREATED_AT_ASC: { by: 'CREATED_AT', descending: false },
  UPDATED_AT_DESC: { by: 'UPDATED_AT', descending: true },
  UPDATED_AT_ASC: { by: 'UPDATED_AT', descending: false },
}

/** A filter as the client gave it, in the domain's terms: what is null or absent does not restrict. */
export function filterOf(input: typeof JobFilterInput.$inferInput | null | undefined): JobFilter {
  const { states, models, createdAfter, createdBefore, prompt } = input ?? {}
  return {
    ...(states && { states: [...new Set(states)] }),
    ...(models && { models: [...new Set(models)] }),
    ...(createdAfter && { createdAfter: createdAfter.getTime() }),
    ...(createdBefore && { createdBefore: createdBefore.getTime() }),
    ...(prompt && { prompt }),
  }
}

builder.queryField('jobs', (t) =>
  t.connection(
    {
      type: JobNode,
      authScopes: { scope: 'jobs:read' },
      // A search reads the history; see docs/operations.md.
      extensions: { cost: { weight: 50, withArgument: { path: 'filter.prompt', weight: 9_000 } } },
      description:
        'The history, as a Relay connection with keyset cursors: a page costs the same however deep it lies. 20 jobs unless `first` or `last` says otherwise, 100 at the most.',
      args: {
        filter: t.arg({ type: JobFilterInput, required: false, description: 'Which jobs; all by default.' }),
        orderBy: t.arg({
          type: JobOrderEnum,
          required: false,
          defaultValue: defaultOrder,
          description: 'In which order.',
        }),
      },
      resolve: async (_root, args, { reader }, info) => {
        const order = orders[args.orderBy ?? defaultOrder]
        const query = pageQuery(args, order, filterOf(args.filter))
        // The texts of a hundred jobs may be long.
        const jobs = await (asksForInput(info) ? reader.page(query) : reader.listing(query))
        return connectionOf(jobs, query, order)
      },
    },
    { name: 'JobConnection', description: 'A page of jobs.' },
    { name: 'JobEdge', description: 'A job and its place in the list.' },
  ),
)
