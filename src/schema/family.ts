import { type Family, families } from '../catalog/catalog.ts'
import type { Job } from '../jobs/job.ts'
import { builder } from './builder.ts'
import { JobNode } from './job.ts'
import { creationErrors, keyOptions, mutationWeight } from './job-actions.ts'
import { modelValues } from './model.ts'
import { inputField } from './parameter.ts'

/** The mutation of a family with its input, all from the document. */
function defineFamily({ name, description, models, parameters, defaultModel }: Family): void {
  const FamilyModel = builder.enumType(`${name}Model`, {
    description: `A model of \`create${name}Job\`.`,
    values: modelValues(models),
  })

  const Input = builder.inputType(`Create${name}JobInput`, {
    description: `${description}. What is null or left out takes its default; numbers outside their range, and required fields left out, are answered as an \`InvalidInputError\` with every fault at once.`,
    fields: (t) => ({
      model: t.field({ type: FamilyModel, defaultValue: defaultModel.id, description: 'The model to run.' }),
      ...Object.fromEntries(parameters.map((parameter) => [parameter.field, inputField(t, parameter)])),
      idempotencyKey: t.string(keyOptions),
    }),
  })

  const Success = builder.objectRef<{ job: Job }>(`Create${name}JobSuccess`).implement({
    description: 'The job is recorded and waits for its turn.',
    fields: (t) => ({
      job: t.expose('job', {
        type: JobNode,
        description: 'The new job, or the one that `idempotencyKey` made before.',
      }),
    }),
  })

  builder.mutationField(`create${name}Job`, (t) =>
    t.field({
      type: Success,
      authScopes: { scope: 'jobs:write' },
      extensions: { cost: { weight: mutationWeight } },
      description:
        'Records a job and queues it. It is sent to the vendor once, as soon as the limits of the account leave room; follow it with the `prediction` subscription.',
      args: { input: t.arg({ type: Input, required: true, description: 'What to make.' }) },
      errors: {
        types: creationErrors,
        union: { name: `Create${name}JobResult`, description: 'The new job, or why there is none.' },
      },
      resolve: async (_root, { input: { model, idempotencyKey: key, ...draft } }, { service }) => ({
        job: await service.create(model ?? defaultModel.id, draft, key),
      }),
    }),
  )
}

for (const family of families) defineFamily(family)
