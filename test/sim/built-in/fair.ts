import { type BuiltIn, change } from './fault.ts'

/** Of how tenants share what the account allows. */
export const fair: readonly BuiltIn[] = [
  {
    name: 'the oldest job of all goes first, whoever has how much',
    rules: ['fair'],
    within: 300,
    changes: [
      change(
        'spending/fairness.ts',
        'shareOf(one, served) - shareOf(other, otherServed)',
        'one.oldest - other.oldest',
      ),
    ],
  },
  {
    name: 'nobody notes whose turn it was',
    rules: ['fair'],
    within: 1_000,
    changes: [
      change('db/sqlite/claim.ts', 'execute(statements.takeTurn, { tenant, now })', '[{ servedAt: now }]'),
    ],
  },
  {
    name: 'the jobs of one claim do not count for the limit of their tenant',
    rules: ['fair'],
    within: 100,
    changes: [change('db/admission.ts', 'room: one.room - 1', 'room: one.room')],
  },
]
