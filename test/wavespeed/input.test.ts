import { describe, expect, it } from 'vitest'
import { v2vLoraParameters } from '../../src/generated/parameters.ts'
import type { InputDraft } from '../../src/jobs/ports.ts'
import { checkInput, toWire } from '../../src/wavespeed/input.ts'
import { sampleInput } from '../support/job.ts'

const valid = { video: 'https://example.com/clip.mp4', prompt: 'a fox' }

function issuesOf(draft: InputDraft) {
  const checked = checkInput(draft)
  return 'issues' in checked ? checked.issues : []
}

describe('the rules of the input', () => {
  it('fill in the defaults of the document', () => {
    const checked = checkInput(valid)
    const { numInferenceSteps, duration, strength, guidanceScale, flowShift, seed } = v2vLoraParameters
    expect(checked).toEqual({
      input: {
        ...valid,
        negativePrompt: null,
        loras: [],
        numInferenceSteps: numInferenceSteps.default,
        duration: duration.default,
        strength: strength.default,
        guidanceScale: guidanceScale.default,
        flowShift: flowShift.default,
        seed: seed.default,
      },
    })
  })

  it('take null for "left out"', () => {
    expect(checkInput({ ...valid, strength: null, loras: null, negativePrompt: null })).toEqual(
      checkInput(valid),
    )
  })

  it('name every fault at once, each once, with the limits of the document as numbers', () => {
    const loras = [
      { path: 'owner/model', scale: 1 },
      { path: 'owner/model', scale: 4.1 },
      { path: null, scale: 1 },
      { path: 'owner/model', scale: 1 },
    ]
    const issues = issuesOf({
      prompt: ' ',
      loras,
      strength: 0.05,
      duration: 11,
      seed: -2,
      video: 'ftp://host/clip',
    })
    const { strength, duration, seed } = v2vLoraParameters
    expect(issues.map(({ path, minimum, maximum }) => [path, minimum, maximum])).toEqual([
      ['video', null, null],
      ['prompt', null, null],
      ['loras', null, v2vLoraParameters.loras.maxItems],
      ['loras.1.scale', 0, 4],
      ['loras.2.path', null, null],
      ['duration', duration.minimum, duration.maximum],
      ['strength', strength.minimum, strength.maximum],
      ['seed', seed.minimum, seed.maximum],
    ])
    for (const { message } of issues) expect(message).toMatch(/\w.*\.$/)
  })

  it.each([
    ['the video is missing', { prompt: 'a fox' }, 'video is required.'],
    ['the video is empty', { ...valid, video: '' }, 'video is required.'],
    ['the prompt is missing', { video: valid.video }, 'prompt is required.'],
    ['the prompt is empty', { ...valid, prompt: '' }, 'prompt is required.'],
    ['a scale is missing', { ...valid, loras: [{ path: 'a/b' }] }, 'loras.0.scale is required.'],
  ])('say that it is required when %s', (_name, draft, message) => {
    expect(issuesOf(draft).map((issue) => issue.message)).toEqual([message])
  })

  it.each([' ', '\n\t ', '\u00a0'])('say what is wrong with the prompt %j', (prompt) => {
    expect(issuesOf({ ...valid, prompt }).map((issue) => issue.message)).toEqual([
      'prompt must not be empty or only white space.',
    ])
  })

  it('refuse U+0000 in every text, in words', () => {
    const loras = ['owner/\0', 'https://example.com/\0'].map((path) => ({ path, scale: 1 }))
    const video = 'https://example.com/\0.mp4'
    const issues = issuesOf({ video, prompt: 'a \0 fox', negativePrompt: '\0', loras })
    expect(issues.map((issue) => issue.message)).toEqual([
      'video has to be an http or https URL.',
      'prompt must not contain U+0000.',
      'negativePrompt must not contain U+0000.',
      'loras.0.path must not contain U+0000.',
      'loras.1.path must not contain U+0000.',
    ])
  })

  it.each([
    'clip.mp4',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://',
    'https://:80',
    'http://[',
    'https://%zz/',
    'http://host/%zz',
    'http://host/a b',
    'http://user:password@host/clip',
    'http://\u0000',
    'https://\ud800',
  ])('refuse the video %j', (video) => {
    expect(issuesOf({ ...valid, video })).toMatchObject([
      { path: 'video', message: 'video has to be an http or https URL.' },
    ])
  })

  it.each(['http://127.0.0.1:4010/clips/source.mp4', 'https://[::1]:8080/a?b=c#d', 'https://example.com'])(
    'accept the video %s',
    (video) => expect(issuesOf({ ...valid, video })).toEqual([]),
  )

  it.each(['owner/model', 'https://example.com/lora.safetensors?download=true'])(
    'accept the LoRA %s',
    (path) => {
      expect(issuesOf({ ...valid, loras: [{ path, scale: 0 }] })).toEqual([])
    },
  )

  it.each([
    ['strength', [0.1, 1], [0.09, 1.01]],
    ['duration', [5, 10], [4, 11]],
    ['numInferenceSteps', [1, 40], [0, 41]],
    ['guidanceScale', [0, 20], [-0.1, 20.1]],
    ['flowShift', [1, 10], [0.9, 10.1]],
    ['seed', [-1, 2_147_483_647], [-2]],
  ] as const)('%s may be at its limits and not beyond', (field, inside, outside) => {
    for (const value of inside) expect(issuesOf({ ...valid, [field]: value })).toEqual([])
    for (const value of outside)
      expect(issuesOf({ ...valid, [field]: value })).toMatchObject([{ path: field }])
  })
})

describe('the input on the wire', () => {
  it("has the vendor's names and leaves out what is null", () => {
    expect(toWire(sampleInput)).toEqual({
      video: sampleInput.video,
      prompt: sampleInput.prompt,
      loras: [],
      num_inference_steps: 30,
      duration: 5,
      strength: 0.9,
      guidance_scale: 5,
      flow_shift: 3,
      seed: 42,
    })
  })
})
