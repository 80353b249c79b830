import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

interface Equivalent {
  readonly file: string
  readonly within: string
}

const equivalents = JSON.parse(
  readFileSync('test/mutation/equivalents.json', 'utf8'),
) as readonly Equivalent[]

it('every mutant that is said to be the same program stands in the source', () => {
  const missing = equivalents.filter(({ file, within }) => !readFileSync(file, 'utf8').includes(within))
  expect(missing).toEqual([])
})
