import type { StateCount } from '../jobs/store.ts'
import { builder } from './builder.ts'
import { badArgument } from './error.ts'
import { JobState } from './job.ts'
import { filterOf, JobFilterInput } from './job-list.ts'

/** Beyond it a count takes long, and tells people nothing more. */
const most = 10_000

const JobCountObject = builder.objectRef<StateCount>('JobCount').implement({
  description: 'How many jobs there are of a state.',
  fields: (t) => ({
    state: t.field({ type: JobState, description: 'The state.', resolve: ({ state }) => state }),
    count: t.exposeInt('count', { description: `How many; ${most} means as many at least.` }),
  }),
})

builder.queryField('jobCounts', (t) =>
  t.field({
    type: [JobCountObject],
    authScopes: { scope: 'jobs:read' },
    extensions: { cost: { weight: 200, items: 7 } },
    description: `How many jobs of each state match, for the badges of an interface: counted up to ${most}.`,
    args: {
      filter: t.arg({
        type: JobFilterInput,
        required: false,
        description: 'Which jobs; all by default. A text cannot be counted by.',
      }),
    },
    async resolve(_root, { filter }, { reader }) {
      if (filter?.prompt != null) throw badArgument('`jobCounts` does not count by `prompt`.')
      return [...(await reader.counts(filterOf(filter), most))]
    },
  }),
)
