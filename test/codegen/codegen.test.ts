import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findStale, generateFromDocument, writeFiles } from '../../codegen.ts'
import { inputs, knownStatuses, models } from '../../src/generated/parameters.ts'
import { createValidator } from '../../src/generated/validators.ts'
import { copyProject, root, run, temporaryFolder } from '../support/project-copy.ts'

const v2vLoraParameters = inputs.V2VLoraInput
const yaml = () => readFile(join(root, 'openapi/wavespeed.yaml'), 'utf8')

describe('what is generated', () => {
  test('is what the document says, to the byte, every time', async () => {
    const [first, second] = [
      await generateFromDocument(await yaml()),
      await generateFromDocument(await yaml()),
    ]
    expect([...first]).toEqual([...second])
    expect(await findStale(root, first)).toEqual([])
    for (const text of first.values()) {
      expect(text).toMatch(
        /^\/\/ Generated from openapi\/wavespeed\.yaml by npm run codegen\. Do not edit\.\n/,
      )
    }
  })

  test('is named when it is missing or differs, and written only then', async () => {
    const folder = await temporaryFolder()
    const files = await generateFromDocument(await yaml())
    expect(await writeFiles(folder, files)).toEqual([...files.keys()])
    expect(await writeFiles(folder, files)).toEqual([])
    await writeFile(join(folder, 'src/generated/parameters.ts'), '// edited by hand')
    await rm(join(folder, 'src/generated/wavespeed.ts'))
    expect(await findStale(folder, files)).toEqual([
      'src/generated/wavespeed.ts',
      'src/generated/parameters.ts',
    ])
  })

  test('follows a changed maximum into parameters, types and validators alike', async () => {
    const changed = (await yaml()).replace('maximum: 40', 'maximum: 41')
    const before = await generateFromDocument(await yaml())
    const after = await generateFromDocument(changed)
    const differing = [...after].filter(([path, text]) => before.get(path) !== text).map(([path]) => path)
    expect(differing).toContain('src/generated/parameters.ts')
    expect(differing).toContain('src/generated/validators.ts')
    for (const path of ['src/generated/parameters.ts', 'src/generated/validators.ts']) {
      expect(after.get(path)).toContain('"maximum": 41')
      expect(after.get(path)).not.toContain('"maximum": 40')
    }
  })
})

// Several programs are started one after the other, which takes its time on a busy machine.
const startsPrograms = { timeout: 600_000 } // 10 minutes

test('a changed maximum and one run of codegen change the SDL and the sandbox', startsPrograms, async () => {
  const folder = await copyProject()
  await writeFile(
    join(folder, 'openapi/wavespeed.yaml'),
    (await yaml()).replace('maximum: 40', 'maximum: 41'),
  )
  const stale = await run(folder, ['codegen.ts', '--check'])
  expect(stale.code).toBe(1)
  expect(stale.output.split('\n').map((line) => line.replace(/ is stale or missing: run .*/, ''))).toEqual([
    'src/generated/parameters.ts',
    'src/generated/validators.ts',
    'schema.graphql',
    '',
  ])

  expect((await run(folder, ['codegen.ts'])).output).toMatch(/^Wrote .*parameters\.ts.*schema\.graphql/)
  expect(await run(folder, ['codegen.ts', '--check'])).toEqual({ code: 0, output: '' })
  expect(await readFile(join(folder, 'schema.graphql'), 'utf8')).toContain('From 1 to 41.')

  const script = `
    import { startSandbox } from './sandbox/sandbox.ts'
    const sandbox = await startSandbox()
    for (const num_inference_steps of [41, 42]) {
      const response = await fetch(sandbox.url + '${models[0].path}', {
        method: 'POST',
        headers: { authorization: 'Bearer sandbox' },
        body: JSON.stringify({ video: 'https://example.com/a.mp4', prompt: 'x', num_inference_steps }),
      })
      console.log((await response.json()).message)
    }
    await sandbox.close()
  `
  await writeFile(join(folder, 'try.ts'), script)
  const tried = await run(folder, ['try.ts'])
  expect(tried.output).toBe('success\ninvalid parameters: num_inference_steps must be <= 41\n')
})

describe('the parameters', () => {
  test('keep the exact name, the default and the range of the document', () => {
    expect(v2vLoraParameters.numInferenceSteps).toMatchObject({
      name: 'num_inference_steps',
      field: 'numInferenceSteps',
      type: 'integer',
      required: false,
      default: 30,
      minimum: 1,
      maximum: 40,
    })
    expect(v2vLoraParameters.loras.items.map(({ name, required }) => [name, required])).toEqual([
      ['path', true],
      ['scale', false],
    ])
    for (const [field, parameter] of Object.entries(v2vLoraParameters)) {
      expect(parameter.field).toBe(field)
      expect(parameter.description).not.toBe('')
    }
  })

  test('belong to four models of their family, of which the 480p one comes first', () => {
    const own = models.filter(({ family }) => family === 'V2VLora')
    expect(own.map(({ name }) => name)).toEqual([
      'WAN_2_1_V2V_480P_LORA',
      'WAN_2_1_V2V_480P_LORA_ULTRA_FAST',
      'WAN_2_1_V2V_720P_LORA',
      'WAN_2_1_V2V_720P_LORA_ULTRA_FAST',
    ])
    for (const { id, path } of models) expect(path).toBe(`/api/v3/${id}`)
  })
})

describe('the validators', () => {
  const valid = { video: 'https://example.com/clip.mp4', prompt: 'a fox' }

  test.each([
    [{}, []],
    [{ video: 'file:///etc/passwd' }, ['/video']],
    [{ video: 'https://' }, ['/video']],
    [{ prompt: ' ' }, ['/prompt']],
    [{ num_inference_steps: 0 }, ['/num_inference_steps']],
    [
      { num_inference_steps: 40, duration: 10, strength: 1, guidance_scale: 20, flow_shift: 10, seed: -1 },
      [],
    ],
    [{ duration: 4.5 }, ['/duration', '/duration']],
    [{ guidance_scale: 20.1, flow_shift: 0.9 }, ['/guidance_scale', '/flow_shift']],
    [{ seed: 2147483648 }, ['/seed']],
    [
      {
        loras: [
          { path: 'owner/model', scale: 4 },
          { path: 'https://example.com/a.safetensors', scale: 0 },
        ],
      },
      [],
    ],
    [{ loras: [{ path: 'model', scale: 1 }] }, ['/loras/0/path']],
  ])('find in %j the faults %j', (change, paths) => {
    const isInput = createValidator('V2VLoraInput')
    expect(isInput({ ...valid, ...change })).toBe(paths.length === 0)
    expect((isInput.errors ?? []).map((it) => it.instancePath)).toEqual(paths)
  })

  test('bring the limits as numbers with each fault', () => {
    const isInput = createValidator('V2VLoraInput')
    isInput({ ...valid, strength: 0.05 })
    expect(isInput.errors?.[0]).toMatchObject({
      keyword: 'minimum',
      parentSchema: { minimum: 0.1, maximum: 1 },
    })
  })

  test('let answers pass with unknown statuses, unknown fields, and what the vendor leaves out', () => {
    const isPrediction = createValidator('Prediction')
    for (const answer of [
      { id: 'a', status: 'created' },
      { id: 'a', status: 'never heard of', something: 'new', has_nsfw_contents: null, outputs: null },
      { id: 'a', status: 'completed', outputs: ['https://example.com/a.mp4', { text: 'x' }], code: 0 },
      { id: 'a', status: knownStatuses[0], created_at: '2026-01-01T00:00:00.123456789Z' },
    ]) {
      expect(isPrediction(answer), JSON.stringify(isPrediction.errors)).toBe(true)
    }
    for (const answer of [{ status: 'created' }, { id: 'a' }, { id: '', status: 'created' }, null, []]) {
      expect(isPrediction(answer)).toBe(false)
    }
  })
})
