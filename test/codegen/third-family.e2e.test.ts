import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startTestSandbox } from '../sandbox/support.ts'
import { copyProject, root, run } from '../support/project-copy.ts'

// Several programs are started one after the other, which takes its time on a busy machine.
const startsPrograms = { timeout: 600_000 } // 10 minutes

/** A gateway of the copy, with the copy's sandbox as the vendor, makes a job of the new family. */
const tryIt = `
  import { createTestApp } from './test/support/app.ts'
  const app = await createTestApp()
  const create = \`mutation ($input: CreateWan22ImageToVideoLoraJobInput!) {
    result: createWan22ImageToVideoLoraJob(input: $input) {
      ... on CreateWan22ImageToVideoLoraJobSuccess { job { id } }
      ... on InvalidInputError { issues { message } }
    }
  }\`
  const refused = await app.graphql(create, { input: { prompt: 'an owl', duration: 6, resolution: '1080p' } })
  const { result } = await app.graphql(create, {
    input: { prompt: 'an owl', image: 'https://example.com/a.png', highNoiseLoras: [{ path: 'a/b' }] },
  })
  while (!(await app.hasEnded(result.job.id))) await new Promise((resolve) => setTimeout(resolve, 50))
  const { job } = await app.graphql(
    \`query ($id: ID!) { job(id: $id) {
      state model outputs { url }
      input { prompt ... on Wan22ImageToVideoLoraParameters { resolution duration highNoiseLoras { path scale } } }
    } }\`,
    result.job,
  )
  const { models } = await app.graphql('{ models { name family isDefault parameters { name allowed } } }')
  const sent = app.sandbox.ledger.submits().map(({ input, dropped }) => ({ input, dropped }))
  console.log(JSON.stringify({ refused, job, sent, model: models.find(({ family }) => family.startsWith('Wan22')) }))
  await app.close()
`

test(
  'one command adds a third family: its document, types, mutation, checks and sandbox',
  startsPrograms,
  async () => {
    const folder = await copyProject('test/support')
    const { sandbox } = await startTestSandbox()
    const env = { WAVESPEED_BASE_URL: sandbox.url, WAVESPEED_API_KEY: 'sandbox' }
    const models = (...args: string[]) => run(folder, ['codegen/models.ts', ...args], env)
    const document = () => readFile(join(folder, 'openapi/wavespeed.yaml'), 'utf8')
    const before = await document()

    const id = 'wavespeed-ai/wan-2.2/image-to-video-lora'
    const added = await models('add', id)
    expect(added).toMatchObject({
      code: 0,
      output: expect.stringMatching(
        /^wavespeed-ai\/wan-2\.2\/image-to-video-lora is the first model of the family Wan22ImageToVideoLora/,
      ),
    })
    expect(await run(folder, ['codegen.ts', '--check'])).toEqual({ code: 0, output: '' })
    // Nothing of the document was lost or moved: what was there stands in it line by line, in its order.
    const lines = (await document()).split('\n')
    let at = -1
    for (const line of before.split('\n')) {
      at = lines.indexOf(line, at + 1)
      expect(at, line).toBeGreaterThanOrEqual(0)
    }
    const sdl = await readFile(join(folder, 'schema.graphql'), 'utf8')
    expect(sdl).toContain('type Wan22ImageToVideoLoraParameters implements JobParameters {')
    const own = { extends: './tsconfig.json', include: ['codegen', 'src', 'sandbox'] }
    await writeFile(join(folder, 'tsconfig.own.json'), JSON.stringify(own))
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const types = await run(folder, [compiler, '-p', 'tsconfig.own.json'])
    expect(types).toEqual({ code: 0, output: '' })

    await writeFile(join(folder, 'try.mts'), tryIt)
    const tried = await run(folder, ['try.mts'])
    const { refused, job, sent, model } = JSON.parse(tried.output) as Record<string, unknown>
    expect(refused).toEqual({
      result: {
        issues: [
          { message: 'image is required.' },
          { message: 'resolution has to be one of 480p, 720p.' },
          { message: 'duration has to be one of 5, 8.' },
        ],
      },
    })
    const loras = [{ path: 'a/b', scale: 1 }]
    expect(job).toEqual({
      state: 'COMPLETED',
      model: 'WAN_2_2_IMAGE_TO_VIDEO_LORA',
      outputs: [{ url: expect.stringMatching(/^http/) }],
      input: { prompt: 'an owl', resolution: '480p', duration: 5, highNoiseLoras: loras },
    })
    expect(sent).toEqual([
      {
        dropped: [],
        input: {
          prompt: 'an owl',
          image: 'https://example.com/a.png',
          resolution: '480p',
          duration: 5,
          loras: [],
          high_noise_loras: loras,
          low_noise_loras: [],
          seed: expect.any(Number),
        },
      },
    ])
    expect(model).toMatchObject({
      name: 'WAN_2_2_IMAGE_TO_VIDEO_LORA',
      isDefault: true,
      parameters: expect.arrayContaining([{ name: 'duration', allowed: ['5', '8'] }]),
    })

    // What cannot be added is refused by name, and nothing is written.
    const after = await document()
    expect(await models('add', id)).toEqual({ code: 1, output: `${id} is in the document already.\n` })
    expect(await models('add', 'wavespeed-ai/any-llm')).toEqual({
      code: 1,
      output:
        'wavespeed-ai/any-llm is of the kind llm, which is not known to make files: its outputs may be no URLs.\n',
    })
    expect(await models('add', 'wavespeed-ai/flux-schnel')).toMatchObject({
      code: 1,
      output: expect.stringMatching(
        /^The vendor has no model wavespeed-ai\/flux-schnel; near to it are wavespeed-ai\/flux-schnell,/,
      ),
    })
    expect(await models('add', 'wavespeed-ai/flux-schnell', '--family', 'Job')).toMatchObject({ code: 1 })
    const refusing = { ...env, WAVESPEED_API_KEY: 'another' }
    expect(await run(folder, ['codegen/models.ts', 'list'], refusing)).toEqual({
      code: 1,
      output:
        'The vendor answered HTTP 401 to the question for its models: it refuses the key (WAVESPEED_API_KEY).\n',
    })
    expect(await document()).toBe(after)
    expect(await run(folder, ['codegen.ts', '--check'])).toEqual({ code: 0, output: '' })
  },
)
