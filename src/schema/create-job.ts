import { findModel } from '../catalog/catalog.ts'
import type { InputDraft } from '../jobs/input.ts'
import type { Job } from '../jobs/job.ts'
import { InvalidInputError } from '../service/error.ts'
import { bounded } from './bounds.ts'
import { builder } from './builder.ts'
import { JobNode } from './job.ts'
import { creationErrors, keyOptions, mutationWeight } from './job-actions.ts'

/** Longer than any id of a model. */
const longestModel = 255

const Success = builder.objectRef<{ job: Job }>('CreateJobSuccess').implement({
  description: 'The job is recorded and waits for its turn.',
  fields: (t) => ({
    job: t.expose('job', {
      type: JobNode,
      description: 'The new job, or the one that `idempotencyKey` made before.',
    }),
  }),
})

/** The parameters as an object, or why they are none. */
function draftOf(parameters: unknown): InputDraft {
  if (typeof parameters === 'object' && parameters !== null && !Array.isArray(parameters)) {
    return parameters as InputDraft
  }
  const message = 'parameters has to be an object of parameters by their names.'
  throw new InvalidInputError([{ path: 'parameters', message, minimum: null, maximum: null }])
}

builder.mutationField('createJob', (t) =>
  t.field({
    type: Success,
    authScopes: { scope: 'jobs:write' },
    extensions: { cost: { weight: mutationWeight } },
    description:
      'Records a job of any model and queues it: for consoles, and for models that a client was not built for. Where the types are known, the mutation of the family, such as `createV2VLoraJob`, finds mistakes earlier.',
    args: {
      model: t.arg.string({
        required: true,
        ...bounded(
          { maxLength: longestModel },
          'The model: its `name` or its `vendorId`, as `models` lists them.',
        ),
      }),
      parameters: t.arg({
        type: 'JSON',
        required: true,
        description:
          'An object of parameters, by the `name` or the `vendorName` that `models` lists. What is null or left out takes its default. A name that the model does not have is a fault.',
      }),
      idempotencyKey: t.arg.string(keyOptions),
    },
    errors: {
      types: creationErrors,
      union: { name: 'CreateJobResult', description: 'The new job, or why there is none.' },
    },
    resolve: async (_root, { model, parameters, idempotencyKey: key }, { service }) => ({
      job: await service.create(findModel(model)?.id ?? model, draftOf(parameters), key),
    }),
  }),
)
