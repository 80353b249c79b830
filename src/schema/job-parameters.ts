import { type Family, type FamilyParameter, families, findModel, roleOf } from '../catalog/catalog.ts'
import type { JsonValue } from '../jobs/input.ts'
import type { Job } from '../jobs/job.ts'
import { builder } from './builder.ts'
import { outputField } from './parameter.ts'

/** A job as far as its parameters are concerned: its model tells what they are. */
type Made = Pick<Job, 'model' | 'input'>

const typeName = (family: string) => `${family}Parameters`

/** The value of the parameter that has a role; null where the model has none. */
function roleValue({ model, input }: Made, role: 'prompt' | 'seed'): JsonValue {
  const parameter = roleOf(findModel(model), role)
  return (parameter && input[parameter.name]) ?? null
}

/** What every family has, or may have. */
export const JobParameters = builder.interfaceRef<Made>('JobParameters').implement({
  description:
    'What was sent to the vendor: defaults filled in, a random seed drawn. The type tells the family; spread it for the rest, as in `... on V2VLoraParameters`.',
  resolveType: ({ model }) => {
    const family = findModel(model)?.family
    return family && typeName(family)
  },
  fields: (t) => ({
    prompt: t.string({
      nullable: true,
      description:
        'The text that says what to make; null where the model takes none. At most 10000 characters.',
      extensions: { cost: { weight: 20 } },
      resolve: (made) => roleValue(made, 'prompt') as string | null,
    }),
    seed: t.int({
      nullable: true,
      description:
        'The seed that was sent; where the job asked for a random one, the one that was drawn. Null where the model takes none.',
      resolve: (made) => roleValue(made, 'seed') as number | null,
    }),
  }),
})

/** What was sent; of a parameter that the job's row is older than, the document's default. */
const reading =
  (parameter: FamilyParameter) =>
  ({ input }: Made): JsonValue =>
    input[parameter.name] ?? ((parameter.default ?? null) as JsonValue)

function defineParameters({ name, parameters }: Family): void {
  builder.objectRef<Made>(typeName(name)).implement({
    description: 'What was sent to the vendor: defaults filled in, a random seed drawn.',
    interfaces: [JobParameters],
    fields: (t) =>
      Object.fromEntries(
        parameters.map((parameter) => [
          parameter.field,
          outputField(t, parameter, !parameter.always, reading(parameter)),
        ]),
      ),
  })
}

for (const family of families) defineParameters(family)
