import { afterEach, describe, expect, it } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { eventually } from '../support/eventually.ts'

interface Answer {
  readonly __typename: string
  readonly jobId?: string
  readonly job?: { readonly id: string }
  readonly issues?: readonly { readonly path: string; readonly message: string }[]
}

const answer = `__typename ... on IdempotencyConflictError { jobId } ... on InvalidInputError { issues { path message } }`
const image = 'https://example.com/image.png'

describe('families of models', () => {
  let app: TestApp
  afterEach(() => app.close())

  const create = async (family: string, input: object) => {
    const { result } = await app.graphql<{ result: Answer }>(
      `mutation ($input: Create${family}JobInput!) {
        result: create${family}Job(input: $input) { ${answer} ... on Create${family}JobSuccess { job { id } } }
      }`,
      { input },
    )
    return result
  }
  const createAny = async (model: string, parameters: unknown, key: string | null = null) => {
    const { result } = await app.graphql<{ result: Answer }>(
      `mutation ($model: String!, $parameters: JSON!, $key: String) {
        result: createJob(model: $model, parameters: $parameters, idempotencyKey: $key) {
          ${answer} ... on CreateJobSuccess { job { id } }
        }
      }`,
      { model, parameters, key },
    )
    return result
  }
  const idOf = ({ job, ...refusal }: Answer) => {
    if (!job) throw new Error(JSON.stringify(refusal))
    return job.id
  }
  /** The parameters of a job, whatever its family. */
  const parametersOf = async (id: string) => {
    const { job } = await app.graphql<{ job: { model: string; input: Record<string, unknown> } }>(
      `query ($id: ID!) { job(id: $id) { model input {
        __typename prompt seed
        ... on I2VLoraParameters { image size flowShift duration loras { path scale } }
        ... on T2VLoraParameters { size flowShift duration loras { path scale } }
      } } }`,
      { id },
    )
    return job
  }

  it('each send a body of their own, with the defaults of the very model', async () => {
    app = await createTestApp()
    const ids = [
      idOf(await create('I2VLora', { image, prompt: 'an owl', loras: [{ path: 'a/b' }] })),
      idOf(await create('I2VLora', { model: 'WAN_2_1_I2V_720P_LORA', image, prompt: 'an owl' })),
      idOf(await create('T2VLora', { prompt: 'an owl', seed: 7 })),
    ]
    await eventually(() => expect(app.sandbox.ledger.submits()).toHaveLength(3))
    const sent = app.sandbox.ledger.submits().map(({ input }) => input)
    const common = { prompt: 'an owl', num_inference_steps: 30, duration: 5, guidance_scale: 5 }
    const seed = expect.any(Number)
    expect(sent).toEqual(
      expect.arrayContaining([
        { ...common, image, loras: [{ path: 'a/b', scale: 1 }], size: '832*480', flow_shift: 3, seed },
        { ...common, image, loras: [], size: '1280*720', flow_shift: 5, seed },
        { ...common, loras: [], size: '832*480', flow_shift: 3, seed: 7 },
      ]),
    )
    expect(app.sandbox.ledger.submits().flatMap(({ dropped }) => dropped)).toEqual([])
    expect(await parametersOf(ids[1] ?? '')).toEqual({
      model: 'WAN_2_1_I2V_720P_LORA',
      input: {
        __typename: 'I2VLoraParameters',
        prompt: 'an owl',
        seed,
        image,
        size: '1280*720',
        flowShift: 5,
        duration: 5,
        loras: [],
      },
    })
    expect((await parametersOf(ids[2] ?? '')).input).toMatchObject({
      __typename: 'T2VLoraParameters',
      seed: 7,
    })
  })

  it('check what one model allows and another does not, every fault at once', async () => {
    app = await createTestApp()
    const { issues } = await create('I2VLora', { prompt: ' ', duration: 7, size: '1280*720', flowShift: 11 })
    expect(issues?.map(({ message }) => message)).toEqual([
      'image is required.',
      'prompt must not be empty or only white space.',
      'size has to be one of 832*480, 480*832.',
      'duration has to be one of 5, 10.',
      'flowShift has to be from 1 to 10.',
    ])
    const fast = { model: 'WAN_2_1_I2V_480P_LORA_ULTRA_FAST', image, prompt: 'an owl', duration: 7 }
    expect(await create('I2VLora', fast)).toMatchObject({ __typename: 'CreateI2VLoraJobSuccess' })
  })

  it('take no model of another family', async () => {
    app = await createTestApp()
    const other = create('T2VLora', { model: 'WAN_2_1_V2V_480P_LORA', prompt: 'an owl' })
    await expect(other).rejects.toThrow(/does not exist in \\"T2VLoraModel\\" enum/)
    expect(app.sandbox.ledger.submits()).toEqual([])
  })

  it('are kept by a retry, whose random seed is drawn anew', async () => {
    app = await createTestApp()
    const id = idOf(await create('T2VLora', { prompt: '[sandbox:fail=1405]' }))
    await eventually(async () => expect(await app.state(id)).toBe('FAILED'))
    const { retryJob } = await app.graphql<{ retryJob: Answer }>(
      `mutation ($id: ID!) { retryJob(id: $id) { ${answer} ... on RetryJobSuccess { job { id } } } }`,
      { id },
    )
    const [before, after] = [await parametersOf(id), await parametersOf(idOf(retryJob))]
    expect(after).toEqual({ ...before, input: { ...before.input, seed: expect.any(Number) } })
    expect(after.input['seed']).not.toBe(before.input['seed'])
  })

  it('are searched for their prompts together', async () => {
    app = await createTestApp()
    const ids = [
      await app.create('an OWL at night'),
      idOf(await create('I2VLora', { image, prompt: 'the owl flies' })),
      idOf(await create('T2VLora', { prompt: 'a fox' })),
    ]
    const { jobs } = await app.graphql<{ jobs: { edges: { node: { id: string } }[] } }>(
      '{ jobs(filter: { prompt: "owl" }, orderBy: CREATED_AT_ASC) { edges { node { id } } } }',
    )
    expect(jobs.edges.map(({ node }) => node.id)).toEqual(ids.slice(0, 2))
  })

  it('are made by createJob too, by the names of either side', async () => {
    app = await createTestApp()
    const vendorId = 'wavespeed-ai/wan-2.1/i2v-480p-lora'
    const one = await createAny(vendorId, { image, prompt: 'an owl', guidance_scale: 6, seed: 1 }, 'k')
    const other = { image, prompt: 'an owl', guidanceScale: 6, seed: 1, negativePrompt: null }
    expect(await createAny('WAN_2_1_I2V_480P_LORA', other, 'k')).toEqual(one)
    expect(await create('I2VLora', { ...other, idempotencyKey: 'k' })).toMatchObject({
      job: { id: idOf(one) },
    })
    expect(await createAny(vendorId, { ...other, seed: 2 }, 'k')).toEqual({
      __typename: 'IdempotencyConflictError',
      jobId: idOf(one),
    })
  })

  it('send nothing that createJob was told by a name they do not have', async () => {
    app = await createTestApp()
    const parameters = {
      image,
      prompt: 3,
      strengh: 1,
      guidance_scale: 6,
      guidanceScale: 7,
      loras: [{ path: 'a/b', weight: 1 }, 'a/b'],
    }
    const { issues } = await createAny('WAN_2_1_I2V_480P_LORA', parameters)
    expect(issues?.map(({ message }) => message)).toEqual([
      'strengh is no parameter of this model.',
      'prompt must be string.',
      'loras.0.weight is no parameter of this model.',
      'loras.1 must be object.',
      'guidanceScale is given twice.',
    ])
    expect((await createAny('nobody/nothing', {})).issues).toEqual([
      { path: 'model', message: 'There is no model nobody/nothing: the query `models` lists them.' },
    ])
    expect((await createAny('WAN_2_1_I2V_480P_LORA', [])).issues).toMatchObject([{ path: 'parameters' }])
    expect(app.sandbox.ledger.submits()).toEqual([])
  })
})
