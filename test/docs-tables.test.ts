import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { gatewayVariables, sandboxVariables } from '../src/config/variables.ts'
import { jobErrors } from '../src/jobs/failure.ts'
import { statuses } from '../src/server/uploads.ts'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

/** The rows of the table that begins with this title; cells without the space around them. */
function table(text: string, title: string): string[][] {
  const from = text.indexOf(`| ${title} |`)
  if (from < 0) throw new Error(`no table of ${title}`)
  const lines = text.slice(from).split('\n\n')[0]?.split('\n').slice(2) ?? []
  return lines.map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

const codesIn = (cell = '') => [...cell.matchAll(/`([A-Z][\w-]*)`/g)].map(([, name = '']) => name)

describe('docs/configuration.md', () => {
  const variables = { ...gatewayVariables, ...sandboxVariables }
  const rows = table(read('docs/configuration.md'), 'variable')

  it('has every variable once, and no other', () => {
    expect(rows.flatMap(([names]) => codesIn(names)).toSorted()).toEqual(Object.keys(variables).toSorted())
  })

  it('says the default of each', () => {
    for (const [names, told = ''] of rows) {
      for (const name of codesIn(names)) {
        const value = variables[name as keyof typeof variables]
        if (value === '') expect(told, name).toMatch(/^(none|the tier's|the SDK's)/)
        else expect(told, name).toBe(`\`${value}\``)
      }
    }
  })
})

describe('docs/errors.md', () => {
  const text = read('docs/errors.md')

  it('has every code of a failed job, with its meaning, and whether it is billed', () => {
    const rows = table(text, '`Job.error.code`')
    const plain = rows.map(([code, meaning = '', ...rest]) => [code, meaning.replaceAll('`', ''), ...rest])
    expect(plain).toEqual(
      Object.entries(jobErrors).map(([code, { meaning, retryable, billed }]) => [
        `\`${code}\``,
        meaning,
        retryable ? 'yes' : 'no',
        `\`${billed}\``,
      ]),
    )
  })

  it('has every failure of a mutation', () => {
    const members = [...read('schema.graphql').matchAll(/^type (\w+) implements Error/gm)].map(
      ([, name]) => name,
    )
    expect(members.length).toBeGreaterThan(3)
    expect(
      table(text, 'type')
        .flatMap(([name]) => codesIn(name))
        .toSorted(),
    ).toEqual(members.toSorted())
  })
})

it('docs/uploads.md has every fault of an upload with its status, and the limit of the tenant', () => {
  const rows = table(read('docs/uploads.md'), 'code')
  const told = Object.fromEntries(rows.map(([code = '', status]) => [codesIn(code)[0], Number(status)]))
  expect(told).toEqual({ ...statuses, RATE_LIMITED: 429 })
})
