import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copyExamples, examples } from './support.ts'

let copy: Awaited<ReturnType<typeof copyExamples>>

beforeAll(async () => {
  copy = await copyExamples()
  // As in an app: what is written first is compiled last.
  await Promise.all([
    runTool('graphql-codegen', 'graphql-codegen'),
    runTool('gql-tada', 'gql-tada', ['generate', 'output']),
    runTool('relay', 'relay-compiler'),
  ])
})
afterAll(() => copy.remove())

/** Runs a program of a package in a folder of the examples; rejects with its words if it fails. */
async function runTool(folder: string, program: string, args: readonly string[] = []): Promise<void> {
  const env = { ...process.env, NO_COLOR: '1' }
  const path = join(examples, '../node_modules/.bin', program)
  await promisify(execFile)(path, args, { cwd: join(copy.path, folder), env })
}

const written = (path: string) => readFile(join(copy.path, path), 'utf8')

describe('the settings of the examples', () => {
  it('give types with which every example compiles', async () => {
    await expect(runTool('.', 'tsc', ['-p', '.'])).resolves.toBeUndefined()
  })

  it('make a DateTime a string, and no scalar `any`', async () => {
    const ofCodegen = await written('graphql-codegen/generated/graphql.ts')
    expect(ofCodegen).toContain('DateTime: { input: string; output: string; }')
    expect(ofCodegen).not.toMatch(/: any\b/)
    expect(await written('relay/__generated__/jobList_jobs.graphql.ts')).toContain(
      'readonly createdAt: string',
    )
  })

  it("give Apollo Client's cache the possible types that stand beside it", async () => {
    expect(JSON.parse(await written('apollo/possible-types.json'))).toEqual(
      JSON.parse(await readFile(join(examples, 'apollo/possible-types.json'), 'utf8')),
    )
  })
})
