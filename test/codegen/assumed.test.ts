import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const path = join(import.meta.dirname, '../../openapi/wavespeed.yaml')

/** Where of the document something is said or marked to be assumed, one without the other. */
function oneSided(value: unknown, at: string): string[] {
  if (typeof value !== 'object' || value === null) return []
  const { description, $comment, 'x-assumed': marked } = value as Record<string, unknown>
  const said = [description, $comment].some((text) => typeof text === 'string' && /assumed/i.test(text))
  const below = Object.entries(value).flatMap(([key, child]) => oneSided(child, `${at}/${key}`))
  return said === (marked === true) ? below : [at, ...below]
}

test('whatever the document assumes is marked, and every mark says what is assumed', async () => {
  expect(oneSided(parse(await readFile(path, 'utf8')), '#')).toEqual([])
})
