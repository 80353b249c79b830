import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from '../../src/schema/index.ts'
import { examples } from './support.ts'

const read = (path: string) => readFile(join(examples, '..', path), 'utf8')

/** The blocks of code in a document that are in this language. */
async function blocks(document: string, language: string): Promise<string[]> {
  const text = await read(document)
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, of]) => of === language)
    .map(([, , code = '']) => code)
}

describe('what the documents quote', () => {
  it.each([
    ['README.md', 'ts', ['show.ts']],
    ['docs/from-an-app.md', 'ts', ['web-socket.ts', 'server-sent-events.ts', 'create-job.ts']],
    ['docs/from-an-app.md', 'ts', ['graphql-codegen/codegen.ts', 'gql-tada/graphql.ts', 'apollo/cache.ts']],
    ['docs/from-an-app.md', 'json', ['gql-tada/tsconfig.json', 'relay/relay.config.json']],
  ])('of %s in %s is what the examples are: %j', async (document, language, files) => {
    const quoted = await blocks(document, language)
    for (const file of files) expect(quoted).toContain(await read(`examples/${file}`))
  })

  it('of the README for curl is what the scripts are', async () => {
    const scripts = ['own-clip.sh', 'create.sh', 'newest.sh', 'follow.sh'].map((name) =>
      read(`examples/curl/${name}`),
    )
    const quoted = (await blocks('README.md', 'sh')).filter((code) => code.includes('curl'))
    expect(quoted).toEqual(await Promise.all(scripts))
  })

  it('is an example wherever it is a program', async () => {
    expect(await blocks('README.md', 'ts')).toHaveLength(1)
    expect(await blocks('docs/from-an-app.md', 'ts')).toHaveLength(6)
  })

  it('in GraphQL is valid', async () => {
    const documents = await blocks('docs/from-an-app.md', 'graphql')
    expect(documents.length).toBeGreaterThan(0)
    for (const code of documents) expect(validate(schema, parse(code)).map(String)).toEqual([])
  })
})
