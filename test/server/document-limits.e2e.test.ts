import { describe, expect, it, onTestFinished } from 'vitest'
import { createTestApp } from '../support/app.ts'
import { createClient, protocols } from './clients.ts'

async function start() {
  const app = await createTestApp()
  onTestFinished(() => app.close())
  async function ask(query: string, variables: object = {}) {
    const response = await fetch(app.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    })
    return (await response.json()) as Answer
  }
  return { app, ask }
}

interface Answer {
  readonly data?: Record<string, unknown>
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[]
}

const unknownFields = Array.from({ length: 100 }, (_, index) => `nope${index}`).join(' ')

describe('a document', () => {
  it.each([
    ['blank lines', `{ ${'\n'.repeat(90_000)} ${unknownFields} }`],
    ['line ends of Windows', `{ ${'\r\n'.repeat(40_000)} ${unknownFields} }`],
    ['a comment', `{ #${'x'.repeat(900_000)}\n ${unknownFields} }`],
    ['a name', `{ ${'a'.repeat(900_000)} }`],
    ['a text', `{ job(id: "${'x'.repeat(900_000)}") { id } }`],
  ])('of few tokens that is large by %s is refused, on every protocol', async (_name, query) => {
    const { app, ask } = await start()
    const code = 'QUERY_TOO_LARGE'
    expect(await ask(query)).toMatchObject({ errors: [{ extensions: { code } }] })

    for (const protocol of protocols) {
      const client = createClient(protocol, Number(new URL(app.url).port))
      const answer = await client
        .iterate(query)
        .next()
        .catch((errors: unknown) => ({ value: { errors } }))
      expect(answer.value, protocol).toMatchObject({ errors: [{ extensions: { code } }] })
      client.dispose()
    }
  })

  it('is told its first faults', async () => {
    const { ask } = await start()
    const { errors } = await ask(`{ gateway { ${unknownFields} } }`)
    expect(errors).toHaveLength(21)
    expect(errors?.[0]?.message).toContain('nope0')
  })

  it('may have an input with texts at their bounds, written out over many lines', async () => {
    const { ask } = await start()
    const text = 'x'.repeat(10_000)
    const url = `https://example.com/${'y'.repeat(8_000)}`
    const loras = Array(3).fill(`{ path: "${url}" }`).join('\n')
    const input = `{ video: "${url}", prompt: "${text}", negativePrompt: "${text}", strength: 9, loras: [${loras}] }`
    const { data } = await ask(
      `mutation {${'\n'.repeat(1_900)} createV2VLoraJob(input: ${input}) { ... on InvalidInputError { issues { path } } } }`,
    )
    expect(data).toEqual({ createV2VLoraJob: { issues: [{ path: 'strength' }] } })
  })
})

describe('a variable', () => {
  it.each([
    ['ids', 'query ($v: [ID!]!) { nodes(ids: $v) { id } }', Array(200_000).fill('a')],
    [
      'enum values',
      'query ($v: [JobState!]) { jobs(filter: { states: $v }) { __typename } }',
      Array(90_000).fill('QUEUED'),
    ],
    ['objects', 'query ($v: [ID!]!) { nodes(ids: $v) { id } }', Array(100_000).fill({})],
  ])('that lists far too many %s is refused', async (_name, query, v) => {
    const { ask } = await start()
    const { errors } = await ask(query, { v })
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
    expect(JSON.stringify(errors).length).toBeLessThan(2_000)
  })

  it('with more members than any input has is refused before a scalar describes it', async () => {
    const { ask } = await start()
    const d = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, 1]))
    const { errors } = await ask(
      'query ($d: DateTime) { jobs(filter: { createdAfter: $d }) { __typename } }',
      {
        d,
      },
    )
    expect(errors).toMatchObject([
      { message: 'An object of the variables has 5000 members; at most 1000 are allowed.' },
    ])
  })
})
