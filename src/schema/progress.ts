import type { Progress } from '../jobs/estimate.ts'
import { builder } from './builder.ts'

const ProgressBasis = builder.enumType('ProgressBasis', {
  description: 'What the progress of a job is based on.',
  values: {
    HISTORY: {
      description:
        'How long earlier jobs of the same kind took: of the same model, with the same values of what decides how long it takes.',
    },
    MODEL: {
      description:
        'How long earlier jobs of the same model took, whatever their kind: fewer than 20 of the same kind have been completed yet.',
    },
    PRIOR: {
      description: 'A guess of one minute: fewer than 20 jobs of this model have been completed yet.',
    },
  } as const,
})

export const JobProgress = builder.objectRef<Progress>('JobProgress').implement({
  description:
    'How far a job is likely to be, by the clock and by how long earlier jobs took: the vendor tells nothing of it. What is expected is fixed when the vendor takes the job.',
  fields: (t) => ({
    fraction: t.exposeFloat('fraction', {
      description: 'From 0; it never falls, is 0.9 at the expected end, and is never 1.',
    }),
    expectedAt: t.field({
      type: 'DateTime',
      description:
        'When it is expected to end: half of such jobs have ended by then. In the past where it takes longer.',
      resolve: ({ expectedAt }) => new Date(expectedAt),
    }),
    basis: t.field({
      type: ProgressBasis,
      description: 'What both are based on.',
      resolve: ({ basis }) => basis,
    }),
    basisJobs: t.exposeInt('jobs', {
      description: 'Of how many earlier jobs of all tenants, at most the last 200; 0 for PRIOR.',
    }),
  }),
})
