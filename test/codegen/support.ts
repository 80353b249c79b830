import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { at, parseDocument } from '../../codegen/json.ts'
import type { VendorModel } from '../../codegen/vendor-model.ts'
import { root } from '../support/project-copy.ts'

/** The whole document. */
export const whole = await readFile(join(root, 'openapi/wavespeed.yaml'), 'utf8')

/** The same without what no model needs: tests read it many times. */
export const yaml = modelsOf(whole)

function modelsOf(text: string): string {
  const document = parseDocument(text)
  const { requestBodies = {}, schemas = {} } = at(document, 'components')
  const paths = Object.entries(at(document, 'paths')).filter(([, item]) => at(item, 'post')['x-model-id'])
  const own = Object.entries(at(schemas)).filter(
    ([name, one]) => name === 'LoraWeight' || at(one)['x-family'],
  )
  const components = { requestBodies, schemas: Object.fromEntries(own) }
  return stringify({ paths: Object.fromEntries(paths), components }, { aliasDuplicateObjects: false })
}

/** A row of the vendor's list. */
export function modelOf(properties: object, change: object = {}, request: object = {}): VendorModel {
  const id = 'maker/owl-1.5/image-to-video'
  return {
    model_id: id,
    type: 'image-to-video',
    base_price: 0.5,
    description: 'Makes  an owl\nfly.',
    api_schema: {
      api_schemas: [
        {
          type: 'model_run',
          api_path: `/api/v3/${id}`,
          request_schema: { properties: properties as never, ...request },
        },
      ],
    },
    ...change,
  }
}
