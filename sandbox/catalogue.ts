import { inputs, type Model, models, type Parameter } from '../src/generated/parameters.ts'
import { otherModels } from './other-models.ts'
import type { Task } from './task.ts'

const served: readonly Model[] = models

/** What `GET /models` answers, in the vendor's own form: a schema of each model's request. */
export function listModels(): object[] {
  const others = otherModels.filter(({ model_id: id }) => served.every((model) => model.id !== id))
  const rows = served.map(({ id, title, description, path, price, type, input }, index) => ({
    model_id: id,
    name: title,
    ...(price !== null && { base_price: price }),
    description,
    type,
    sort_order: index + 1,
    api_schema: {
      api_schemas: [
        {
          type: 'model_run',
          method: 'POST',
          server: 'https://api.wavespeed.ai',
          api_path: path,
          request_schema: schemaOf(Object.values(inputs[input])),
        },
      ],
    },
  }))
  return [...rows, ...others]
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
  const {
    type,
    description,
    default: value,
    minimum,
    maximum,
    maxItems,
    items,
    itemType,
    allowed,
  } = parameter
  // The vendor's schemas bound no seed.
  const range = parameter.unboundedAtVendor ? {} : { minimum, maximum }
  const entries = items ? schemaOf(items) : itemType && { type: itemType }
  return {
    type,
    description,
    default: value,
    ...range,
    enum: allowed,
    maxItems,
    ...(entries && { items: entries }),
  }
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
