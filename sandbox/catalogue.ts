import { models, type Parameter, v2vLoraParameters } from '../src/generated/parameters.ts'
import type { Task } from './task.ts'

/** What `GET /models` answers, in the vendor's own form: a schema of each model's request. */
export function listModels(): object[] {
  return models.map(({ id, title, description, path, price }, index) => ({
    model_id: id,
    name: title,
    base_price: price,
    description,
    type: 'lora-support',
    sort_order: index + 1,
    api_schema: {
      api_schemas: [
        {
          type: 'model_run',
          method: 'POST',
          server: 'https://api.wavespeed.ai',
          api_path: path,
          request_schema: schemaOf(Object.values(v2vLoraParameters)),
        },
      ],
    },
  }))
}

function schemaOf(parameters: readonly Parameter[]): object {
  return {
    type: 'object',
    properties: Object.fromEntries(parameters.map((parameter) => [parameter.name, propertyOf(parameter)])),
    required: parameters.filter(({ required }) => required).map(({ name }) => name),
    'x-order-properties': parameters.map(({ name }) => name),
    additionalProperties: false,
  }
}

function propertyOf(parameter: Parameter): object {
  const { type, description, default: value, minimum, maximum, maxItems, items } = parameter
  // The vendor's schemas bound no seed.
  const range = parameter.unboundedAtVendor ? {} : { minimum, maximum }
  return { type, description, default: value, ...range, maxItems, ...(items && { items: schemaOf(items) }) }
}

/** The account's bill, newest first. */
export function billOf(tasks: readonly Task[], refunded: (task: Task) => number | null): BillEntry[] {
  const entries = tasks.flatMap((task) => {
    const refundedAt = refunded(task)
    const entry = { price: task.price, prediction: { uuid: task.id, model_uuid: task.model } }
    return [
      { ...entry, uuid: `${task.id}-deduct`, billing_type: 'deduct', at: task.createdAt },
      ...(refundedAt === null
        ? []
        : [{ ...entry, uuid: `${task.id}-refund`, billing_type: 'refund', at: refundedAt }]),
    ]
  })
  return entries
    .sort((one, other) => other.at - one.at)
    .map(({ at, ...entry }) => ({ ...entry, created_at: new Date(at).toISOString() }))
}

export interface BillEntry {
  readonly uuid: string
  readonly billing_type: string
  readonly price: number
  readonly created_at: string
  readonly prediction: { readonly uuid: string; readonly model_uuid: string }
}
