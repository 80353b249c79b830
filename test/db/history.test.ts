import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jobStates } from '../../src/jobs/state.ts'
import { createTestApi } from '../support/api.ts'
import { sampleJob } from '../support/job.ts'
import { openSqliteStore, type SqliteStore } from '../support/stores.ts'

const rows = 100_000

describe('a history of 100,000 jobs', () => {
  let store: SqliteStore
  let statements: string[] = []
  const idOf = (index: number) => `job_${String(index).padStart(26, '0')}`

  beforeAll(async () => {
    store = openSqliteStore({ file: ':memory:', onStatement: (sql) => statements.push(sql) })
    fill(store)
    statements = []
  })
  afterAll(() => store.close())

  /** Runs a GraphQL query and answers the statements it took, with their plans. */
  async function planned(query: string) {
    const api = createTestApi(store)
    statements = []
    const answer = await api(query)
    const ran = [...statements]
    return {
      answer,
      statements: ran,
      plan: ran.flatMap((sql) =>
        (store.client.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[]).map(
          ({ detail }) => detail,
        ),
      ),
    }
  }

  it('gives the first page by an index, in one statement', async () => {
    const {
      answer,
      statements: ran,
      plan,
    } = await planned(
      '{ jobs(first: 20) { pageInfo { hasNextPage } edges { node { id state input { prompt } outputs { url } } } } }',
    )
    expect(answer).toMatchObject({ jobs: { pageInfo: { hasNextPage: true } } })
    expect(ran).toHaveLength(1)
    expect(plan).toEqual([expect.stringMatching(/^SEARCH jobs USING INDEX jobs_by_creation \(tenant=\?\)$/)])
  })

  it('gives a page in the middle by seeking in an index, in one statement', async () => {
    const cursor = Buffer.from(JSON.stringify(['CREATED_AT', 50_000, idOf(50_000)])).toString('base64url')
    const {
      answer,
      statements: ran,
      plan,
    } = await planned(`{ jobs(first: 1, after: "${cursor}") { edges { node { id } } } }`)
    expect(answer).toEqual({ jobs: { edges: [{ node: { id: idOf(49_999) } }] } })
    expect(ran).toHaveLength(1)
    expect(plan).toEqual([
      expect.stringMatching(/^SEARCH jobs USING INDEX jobs_by_creation \(.*created_at.*\)$/),
    ])
  })

  it.each([
    [
      'a time',
      'createdAfter: "1970-01-01T00:00:01Z"',
      /^SEARCH jobs USING INDEX jobs_by_creation \(tenant=\? AND created_at>\?\)$/,
    ],
  ])('filters by %s along an index, without sorting', async (_name, filter, index) => {
    const { statements: ran, plan } = await planned(
      `{ jobs(first: 20, filter: { ${filter} }) { edges { node { id } } } }`,
    )
    expect(ran).toHaveLength(1)
    expect(plan[0]).toMatch(index)
    expect(plan.join('\n')).not.toMatch(/TEMP B-TREE/)
  })

  it('finds a text that most jobs have along the list, and a rare one by the index of texts', async () => {
    const frequent = await planned('{ jobs(first: 20, filter: { prompt: "fox" }) { edges { node { id } } } }')
    expect(frequent.answer).toMatchObject({ jobs: { edges: { length: 20 } } })
    expect(frequent.plan).toEqual([
      expect.stringMatching(/^SEARCH jobs USING COVERING INDEX jobs_by_creation /),
      expect.stringMatching(/^SEARCH jobs USING INDEX jobs_by_creation /),
    ])
    const rare = await planned('{ jobs(first: 20, filter: { prompt: "heron" }) { edges { node { id } } } }')
    expect(rare.answer).toEqual({ jobs: { edges: [] } })
    expect(rare.statements).toHaveLength(4)
    // Its tenant's part alone.
    expect(rare.plan).toContainEqual(expect.stringMatching(/^SCAN jobs_text VIRTUAL TABLE INDEX .*M1/))
    expect(rare.plan).toContainEqual('SEARCH jobs USING INTEGER PRIMARY KEY (rowid=?)')
  })

  it('finds what was recorded long ago by its creation, whatever the order', async () => {
    const { answer, plan } = await planned(
      '{ jobs(first: 1, orderBy: UPDATED_AT_DESC, filter: { createdBefore: "1970-01-01T00:00:00.010Z" }) { edges { node { id } } } }',
    )
    expect(answer).toEqual({ jobs: { edges: [{ node: { id: idOf(9) } }] } })
    expect(plan).toContainEqual(
      expect.stringMatching(
        /^SEARCH jobs USING COVERING INDEX jobs_by_creation \(tenant=\? AND created_at<\?\)$/,
      ),
    )
  })

  it.each([
    ['one state', '', 'states: [FAILED]', 'jobs_by_state (tenant=? AND state=?)'],
    ['several states', '', 'states: [FAILED, COMPLETED]', 'jobs_by_state (tenant=? AND state=?)'],
    ['one model', '', 'models: [WAN_2_1_V2V_480P_LORA]', 'jobs_by_model (tenant=? AND model=? AND state=?)'],
    [
      'states, by the last change',
      'orderBy: UPDATED_AT_ASC, ',
      'states: [FAILED, COMPLETED]',
      'jobs_by_state_update (tenant=? AND state=?)',
    ],
    [
      'models and states, by the last change',
      'orderBy: UPDATED_AT_DESC, ',
      'states: [FAILED], models: [WAN_2_1_V2V_480P_LORA]',
      'jobs_by_model_update (tenant=? AND model=? AND state=?)',
    ],
  ])('merges the beginnings of index ranges for %s', async (_name, order, filter, index) => {
    const { statements: ran, plan } = await planned(
      `{ jobs(first: 20, ${order}filter: { ${filter} }) { edges { node { id } } } }`,
    )
    expect(ran).toHaveLength(1)
    expect(plan.filter((line) => line.includes('jobs'))).toEqual([
      'SEARCH jobs USING INTEGER PRIMARY KEY (rowid=?)',
      `SEARCH jobs USING COVERING INDEX ${index}`,
    ])
  })

  it('gives one job by its key, in one statement', async () => {
    const { answer, statements: ran, plan } = await planned(`{ job(id: "${idOf(77)}") { id } }`)
    expect(answer).toEqual({ job: { id: idOf(77) } })
    expect(ran).toHaveLength(1)
    expect(plan).toEqual([expect.stringMatching(/^SEARCH jobs USING INDEX jobs_by_id \(id=\?\)$/)])
  })

  it('reads the position of one job without reading the queue behind it', async () => {
    // The oldest 14 of about 14,000 that wait, each asked for alone as its stream does.
    for (let index = 7; index <= 98; index += 7) {
      const {
        answer,
        statements: ran,
        plan,
      } = await planned(`{ job(id: "${idOf(index)}") { queuePosition } }`)
      expect(answer).toEqual({ job: { queuePosition: index / 7 } })
      // The job, its place among those of its tenant, and whether another one has jobs waiting.
      expect(ran).toHaveLength(3)
      const plans = plan.join('\n')
      expect(plans).toMatch(
        /SEARCH queue USING COVERING INDEX jobs_by_state \(tenant=\? AND state=\? AND .* created_at<\?\)/,
      )
      expect(plans).toMatch(/SEARCH jobs USING COVERING INDEX jobs_waiting/)
      expect(plans).not.toMatch(/SCAN jobs(?! USING COVERING INDEX jobs_waiting)|SEARCH jobs .*jobs_by_state/)
    }
  })

  it('finds what the archive has still to copy by its own index', async () => {
    statements = []
    await store.repair('copy', 0)
    const plan = statements.flatMap((sql) => store.client.prepare(`EXPLAIN QUERY PLAN ${sql}`).all())
    expect(plan).toEqual([
      expect.objectContaining({ detail: expect.stringMatching(/^SEARCH jobs USING INDEX jobs_to_archive/) }),
    ])
  })

  it('reads the timelines, positions and retries of a whole page in as many statements as those of one job', async () => {
    const { statements: ran } = await planned(
      '{ jobs(first: 20, filter: { states: [QUEUED] }) { edges { node { queuePosition timeline { message } retries { id } } } } }',
    )
    expect(ran).toHaveLength(5)
  })
})

/** Rows straight into the table: through the store each would be a transaction of its own. */
function fill(store: SqliteStore): void {
  const { version, model, input } = sampleJob()
  store.client
    .prepare(
      `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${rows})
       INSERT INTO jobs (id, tenant, state, created_at, updated_at, version, model, prompt, input, seed_drawn, outputs, run_at)
       SELECT 'job_' || printf('%026d', n), 'local', json_extract(@states, '$[' || (n % ${jobStates.length}) || ']'), n, n,
         @version, @model, @prompt, @input, 0, '[]', 0
       FROM numbers`,
    )
    .run({
      version,
      model,
      prompt: input['prompt'],
      input: JSON.stringify(input),
      states: JSON.stringify(jobStates),
    })
}
