import { describe, expect, it } from 'vitest'
import type { VendorClient } from '../../src/wavespeed/client.ts'
import { readPrediction } from '../../src/wavespeed/prediction.ts'
import { createRedactor } from '../../src/wavespeed/redact.ts'
import { createVendor } from '../../src/wavespeed/vendor.ts'
import { createTestApi } from '../support/api.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { type OldHistory, oldHistories } from '../support/old-histories.ts'

const model = 'wavespeed-ai/wan-2.1/v2v-480p-lora'

/** An input as versions before 0.2 wrote it into the history. */
const recorded = {
  video: 'https://example.com/clip.mp4',
  prompt: 'a "fox" 🦊 \\u0041 \ud83d numInferenceSteps',
  negativePrompt: null as string | null,
  loras: [{ path: 'owner/model', scale: 0.30000000000000004 }],
  numInferenceSteps: 30,
  duration: 5,
  strength: 0.1234567890123456,
  guidanceScale: 5,
  flowShift: 2.5,
  seed: 2_147_483_647,
}
/** The same as those versions sent it. */
const sent = {
  video: recorded.video,
  prompt: recorded.prompt,
  loras: recorded.loras,
  num_inference_steps: 30,
  duration: 5,
  strength: 0.1234567890123456,
  guidance_scale: 5,
  flow_shift: 2.5,
  seed: 2_147_483_647,
}

/** Opens a history of a version from before inputs were renamed, with these inputs, by their ids. */
async function open(
  openOld: (typeof oldHistories)[number][1],
  inputs: Readonly<Record<string, string>>,
): Promise<OldHistory> {
  const rows = Object.entries(inputs).map(([id, input]) => ({
    table: 'jobs',
    row: {
      id,
      version: 1,
      state: 'QUEUED',
      model,
      prompt: recorded.prompt.toWellFormed(),
      input,
      created_at: 1,
      updated_at: 1,
      outputs: '[]',
      run_at: 1,
      seed_drawn: false,
    },
  }))
  return openOld('input_as_sent', rows)
}

describe.each(oldHistories)('a history of %s whose inputs are older', (_name, old) => {
  it('holds them as they were sent, to the digit, after the upgrade', async () => {
    const negative = { ...recorded, negativePrompt: 'null' }
    const { store } = await open(old, { a: JSON.stringify(recorded), b: JSON.stringify(negative) })
    expect((await store.job('a'))?.input).toEqual(sent)
    expect((await store.job('b'))?.input).toEqual({ ...sent, negative_prompt: 'null' })
    expect(await store.job('a')).toMatchObject({ prompt: recorded.prompt.toWellFormed() })
  })

  it('shows them by the names of the schema', async () => {
    const api = createTestApi((await open(old, { a: JSON.stringify(recorded) })).store)
    const input =
      '... on V2VLoraParameters { video negativePrompt numInferenceSteps flowShift loras { scale } }'
    expect(await api(`{ job(id: "a") { input { seed ${input} } } }`)).toEqual({
      job: {
        input: {
          video: recorded.video,
          negativePrompt: null,
          numInferenceSteps: 30,
          flowShift: 2.5,
          loras: [{ scale: 0.30000000000000004 }],
          seed: 2_147_483_647,
        },
      },
    })
  })

  it('still finds the task of a submission whose answer was lost', async () => {
    const job = await (await open(old, { a: JSON.stringify(recorded) })).store.job('a')
    if (!job) throw new Error('there is a job')
    const clock = createFakeClock()
    const task = readPrediction({ id: 'own', status: 'created', inputs: sent })
    const client = { list: async () => ({ predictions: task ? [task] : [], size: 1 }) }
    const vendor = createVendor({
      client: client as Partial<VendorClient> as VendorClient,
      clock,
      redactor: createRedactor(),
      health: { probed() {} },
    })
    const found = await vendor.find({ ...job, from: 0, to: clock.now(), token: null })
    expect(found).toMatchObject({ kind: 'answered', reports: [{ id: 'own' }] })
  })

  it('keeps what is no such input as it is, and puts aside what is none at all', async () => {
    const { store, putAside } = await open(old, {
      list: '[1]',
      new: JSON.stringify(sent),
      nul: '{"prompt":"\\u0000"}',
    })
    expect((await store.job('new'))?.input).toEqual(sent)
    expect((await store.job('nul'))?.input).toEqual({ prompt: '\0' })
    expect([await store.job('list'), putAside]).toEqual([null, 1])
  })
})
