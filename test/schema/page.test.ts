import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestApi } from '../support/api.ts'
import { sampleJob } from '../support/job.ts'
import { openSqliteStore, type SqliteStore } from '../support/stores.ts'

interface Page {
  readonly jobs: {
    readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[]
    readonly pageInfo: Record<string, unknown>
  }
}

describe('a page of jobs', () => {
  let store: SqliteStore
  const cursors = new Map<string, string>()
  beforeAll(async () => {
    store = openSqliteStore({ file: ':memory:' })
    for (const [index, id] of ['e', 'd', 'c', 'b', 'a'].entries()) {
      const job = sampleJob({ id, createdAt: index })
      store.insert(job, { version: 1, at: 1, state: job.state, message: 'Recorded.' })
    }
    for (const { node, cursor } of (await page('')).edges) cursors.set(node.id, cursor)
  })
  afterAll(() => store.close())

  async function page(args: string): Promise<Page['jobs']> {
    const { jobs } = (await createTestApi(store)(
      `{ jobs${args && `(${args})`} { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
    )) as unknown as Page
    return jobs
  }

  it.each([
    ['', 'abcde', false, false],
    ['first: 2', 'ab', true, false],
    ['last: 2', 'de', false, true],
    ['first: 2, after: b', 'cd', true, true],
    ['first: 9, after: b', 'cde', false, true],
    ['last: 2, before: d', 'bc', true, true],
    ['last: 9, before: d', 'abc', true, false],
    // The page ends before the cursor, so the row of the cursor comes after it; and the mirror of it.
    ['first: 2, before: d', 'ab', true, false],
    ['first: 9, before: d', 'abc', true, false],
    ['last: 2, after: b', 'de', false, true],
    ['last: 9, after: b', 'cde', false, true],
    ['first: 9, after: a, before: e', 'bcd', true, true],
    ['last: 9, after: a, before: e', 'bcd', true, true],
    ['first: 0', '', true, false],
    ['last: 0', '', false, true],
    ['first: 0, after: e', '', false, true],
    ['last: 0, before: a', '', true, false],
  ])('of (%s) holds %s and knows what lies beside it', async (args, ids, hasNextPage, hasPreviousPage) => {
    const written = args.replace(/(after|before): (\w)/g, (_all, side, id) => `${side}: "${cursors.get(id)}"`)
    const { edges, pageInfo } = await page(written)
    expect(edges.map(({ node }) => node.id).join('')).toBe(ids)
    expect(pageInfo).toEqual({
      hasNextPage,
      hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    })
  })

  it.each([
    [{ toString: 1, valueOf: 1 }],
    [[{ toString: 1, valueOf: 1 }, 1, 'a']],
    [[{ toString: 1, valueOf: 1 }]],
    [[['CREATED_AT'], 1, 'a']],
    [['CREATED_AT']],
    [['CREATED_AT', '1', 'a']],
    [['CREATED_AT', 1.5, 'a']],
    [['CREATED_AT', 1e300, 'a']],
    [['CREATED_AT', 1, { id: 'a' }]],
    [[]],
    [null],
    ['text'],
  ])('of a forged cursor is refused in words: %j', async (forged) => {
    const cursor = Buffer.from(JSON.stringify(forged)).toString('base64url')
    for (const side of ['after', 'before']) {
      await expect(page(`${side}: "${cursor}"`)).rejects.toThrow(`\`${side}\` is no cursor`)
    }
  })

  it('of a cursor of another order is refused in words', async () => {
    await expect(page(`orderBy: UPDATED_AT_DESC, after: "${cursors.get('a')}"`)).rejects.toThrow(
      'a cursor of a list in another order (CREATED_AT)',
    )
    await expect(page('after: "%%%"')).rejects.toThrow('`after` is no cursor')
  })

  it.each([
    ['first: -1', 'from 0 to 100'],
    ['last: 101', 'from 0 to 100'],
    ['first: 1, last: 1', 'not both'],
  ])('of (%s) is refused in words', async (args, words) => {
    await expect(page(args)).rejects.toThrow(words)
  })
})
