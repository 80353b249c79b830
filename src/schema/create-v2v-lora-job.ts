import { IdempotencyConflictError, InvalidInputError } from '../errors.ts'
import { type Parameter, v2vLoraParameters as parameters } from '../generated/parameters.ts'
import type { Job } from '../jobs/job.ts'
import { longestKey } from '../service/service.ts'
import { type Bounds, bounded } from './bounds.ts'
import { builder } from './builder.ts'
import { JobNode } from './job.ts'
import { mutationWeight } from './job-actions.ts'
import { defaultModel, describe, Model } from './model.ts'

/**
 * A parameter's words and bounds, from the document. What breaks them, or is missing, is refused by the gateway, which
 * answers every fault at once, and not by GraphQL, which would answer one.
 */
function stated(parameter: Parameter) {
  const { required, maxItems, maxLength } = parameter
  const bounds: Bounds = {
    ...(maxItems !== undefined && { maxItems }),
    ...(maxLength !== undefined && { maxLength }),
    checkedBy: 'service',
  }
  const description = required ? `${describe(parameter)} Required.` : describe(parameter)
  return { description, extensions: { bounds } }
}

/** The same with its default. */
function option<P extends Parameter>(parameter: P) {
  return {
    ...stated(parameter),
    ...('default' in parameter && { defaultValue: parameter.default }),
  } as ReturnType<typeof stated> & {
    defaultValue: NonNullable<P['default']>
  }
}

const [pathParameter, scaleParameter] = parameters.loras.items

const LoraInput = builder.inputType('LoraInput', {
  description: 'A LoRA to apply.',
  fields: (t) => ({
    path: t.string(stated(pathParameter)),
    scale: t.float(option(scaleParameter)),
  }),
})

const CreateV2VLoraJobInput = builder.inputType('CreateV2VLoraJobInput', {
  description:
    'A video-to-video job with LoRAs. What is null or left out takes its default; numbers outside their range, and required fields left out, are answered as an `InvalidInputError` with every fault at once.',
  fields: (t) => ({
    model: t.field({ type: Model, defaultValue: defaultModel, description: 'The model to run.' }),
    video: t.string(stated(parameters.video)),
    prompt: t.string(stated(parameters.prompt)),
    negativePrompt: t.string(stated(parameters.negativePrompt)),
    loras: t.field({ type: [LoraInput], ...stated(parameters.loras) }),
    numInferenceSteps: t.int(option(parameters.numInferenceSteps)),
    duration: t.int(option(parameters.duration)),
    strength: t.float(option(parameters.strength)),
    guidanceScale: t.float(option(parameters.guidanceScale)),
    flowShift: t.float(option(parameters.flowShift)),
    seed: t.int(option(parameters.seed)),
    idempotencyKey: t.string(
      bounded(
        { maxLength: longestKey, checkedBy: 'service' },
        'A name of your own for this request, such as a UUID: sent again with the same input it answers the job it made the first time, so a request whose answer was lost can be repeated. With another input it answers an `IdempotencyConflictError`. Printable ASCII without spaces; remembered as long as the job is.',
      ),
    ),
  }),
})

const Success = builder.objectRef<{ job: Job }>('CreateV2VLoraJobSuccess').implement({
  description: 'The job is recorded and waits for its turn.',
  fields: (t) => ({
    job: t.expose('job', {
      type: JobNode,
      description: 'The new job, or the one that `idempotencyKey` made before.',
    }),
  }),
})

builder.mutationField('createV2VLoraJob', (t) =>
  t.field({
    type: Success,
    extensions: { cost: { weight: mutationWeight } },
    description:
      'Records a job and queues it. It is sent to the vendor once, as soon as the limits of the account leave room; follow it with the `prediction` subscription.',
    args: { input: t.arg({ type: CreateV2VLoraJobInput, required: true, description: 'What to make.' }) },
    errors: {
      types: [InvalidInputError, IdempotencyConflictError],
      union: { name: 'CreateV2VLoraJobResult', description: 'The new job, or why there is none.' },
    },
    resolve: async (_root, { input: { model, idempotencyKey, ...draft } }, { service }) => ({
      job: await service.create(model ?? defaultModel, draft, idempotencyKey),
    }),
  }),
)
