import { parse } from 'yaml'

export type Json = null | boolean | number | string | Json[] | JsonObject
export type JsonObject = { [key: string]: Json }

/** The document as it stands in YAML, its anchors and merged keys resolved: it has more aliases than a stranger's may. */
export function parseDocument(yaml: string): JsonObject {
  return parse(yaml, { merge: true, maxAliasCount: -1 }) as JsonObject
}

/** The object at a path of keys, empty where there is none: a document without it is Redocly's to refuse. */
export function at(value: Json, ...keys: string[]): JsonObject {
  let node: Json | undefined = value
  for (const key of keys) node = isObject(node) ? node[key] : undefined
  return isObject(node) ? node : {}
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The list, empty where it is none. */
export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : []
}

/** What a reference leads to, or the object itself. */
export function resolve(document: JsonObject, value: Json): JsonObject {
  const { $ref } = at(value)
  return typeof $ref === 'string' ? at(document, ...$ref.replace('#/', '').split('/')) : at(value)
}

/** The last part of a reference to a component; null where there is none. */
export function referenced(value: Json | undefined): string | null {
  const { $ref } = at(value ?? null)
  return typeof $ref === 'string' ? ($ref.split('/').at(-1) ?? null) : null
}

export function print(value: Json): string {
  return JSON.stringify(value, null, 2)
}
