import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { addressFault, normalAddress } from '../../src/catalog/address.ts'
import { inputRules } from '../../src/catalog/check.ts'
import { inputs, models, type Parameter } from '../../src/generated/parameters.ts'
import type { InputDraft } from '../../src/jobs/input.ts'

const v2vLoraParameters = inputs.V2VLoraInput
const checkInput = (draft: InputDraft, model: string = models[0].id) => inputRules.check(model, draft)
const valid = { video: 'https://example.com/clip.mp4', prompt: 'a fox' }

function issuesOf(draft: InputDraft, model?: string) {
  const checked = checkInput(draft, model)
  return 'issues' in checked ? checked.issues : []
}

describe('the rules of the input', () => {
  it('fill in the defaults of the document', () => {
    const checked = checkInput(valid)
    const { numInferenceSteps, duration, strength, guidanceScale, flowShift, seed } = v2vLoraParameters
    expect(checked).toEqual({
      input: {
        ...valid,
        loras: [],
        num_inference_steps: numInferenceSteps.default,
        duration: duration.default,
        strength: strength.default,
        guidance_scale: guidanceScale.default,
        flow_shift: flowShift.default,
        seed: seed.default,
      },
      prompt: valid.prompt,
      seedDrawn: true,
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
    ['a path is missing', { ...valid, loras: [{ scale: 1 }] }, 'loras.0.path is required.'],
  ])('say that it is required when %s', (_name, draft, message) => {
    expect(issuesOf(draft).map((issue) => issue.message)).toEqual([message])
  })

  it.each([' ', '\n\t ', '\u00a0'])('say what is wrong with the prompt %j', (prompt) => {
    expect(issuesOf({ ...valid, prompt }).map((issue) => issue.message)).toEqual([
      'prompt must not be empty or only white space.',
    ])
  })

  it('refuse U+0000 in every text, in words', () => {
    const loras = [{ path: 'owner/\0', scale: 1 }]
    const issues = issuesOf({ ...valid, prompt: 'a \0 fox', negativePrompt: '\0', loras })
    expect(issues.map((issue) => issue.message)).toEqual([
      'prompt must not contain U+0000.',
      'negativePrompt must not contain U+0000.',
      'loras.0.path must not contain U+0000.',
    ])
  })

  it('take 1 for the scale of a LoRA that has none', () => {
    const loras = [{ path: 'owner/model' }, { path: 'owner/model', scale: null }]
    expect(checkInput({ ...valid, loras })).toMatchObject({ input: { loras: [{ scale: 1 }, { scale: 1 }] } })
  })

  it.each([
    ['a prompt', { prompt: 'a'.repeat(10_001) }, 'prompt may have at most 10000 characters.', 10_000],
    [
      'a negative prompt',
      { negativePrompt: 'a'.repeat(10_001) },
      /^negativePrompt .* 10000 characters/,
      10_000,
    ],
    ['a video', { video: `https://example.com/${'a'.repeat(8_192)}` }, /^video .* 8192 characters/, 8_192],
    ['a LoRA', { loras: [{ path: `a/${'b'.repeat(8_192)}` }] }, /^loras\.0\.path .* 8192 characters/, 8_192],
  ])('say how long %s may be', (_name, draft, message, maximum) => {
    expect(issuesOf({ ...valid, ...draft })).toMatchObject([
      { message: expect.stringMatching(message), maximum },
    ])
  })

  it.each([
    ['strength', 0.05, 'strength has to be from 0.1 to 1.'],
    ['strength', 1.5, 'strength has to be from 0.1 to 1.'],
    ['numInferenceSteps', 41, 'numInferenceSteps has to be from 1 to 40.'],
    ['duration', 5.5, 'duration must be integer.'],
  ])('say what %s may be where it is %d', (field, value, message) => {
    expect(issuesOf({ ...valid, [field]: value }).map((issue) => issue.message)).toEqual([message])
  })

  it('name both limits of a number: the document has them', () => {
    const numbers = Object.values<Parameter>(v2vLoraParameters).filter(({ type }) =>
      /number|integer/.test(type),
    )
    for (const number of numbers) {
      expect(number).toMatchObject({ minimum: expect.any(Number), maximum: expect.any(Number) })
    }
  })

  it('count characters and not bytes', () => {
    expect(issuesOf({ ...valid, prompt: '😀'.repeat(10_000) })).toEqual([])
  })

  it('take as many LoRAs as the document, and look into one more at the most', () => {
    let looked = 0
    const lorasOf = (length: number) =>
      Array.from({ length }, () => ({
        get path() {
          looked += 1
          return 'owner/model'
        },
      }))
    const { maxItems } = v2vLoraParameters.loras
    expect(issuesOf({ ...valid, loras: lorasOf(maxItems) })).toEqual([])
    looked = 0
    expect(issuesOf({ ...valid, loras: lorasOf(1_000) })).toEqual([
      { path: 'loras', message: 'loras may have at most 3 entries.', minimum: null, maximum: maxItems },
    ])
    expect(looked).toBeLessThanOrEqual(maxItems + 1)
  })

  it('put only addresses into their normal form', () => {
    const prompt = 'HTTPS://EXAMPLE.com'
    const draft = { ...valid, prompt, negativePrompt: prompt, loras: [{ path: `${prompt}/a` }] }
    expect(checkInput(draft)).toMatchObject({
      input: { prompt, negative_prompt: prompt, loras: [{ path: 'https://example.com/a' }] },
    })
  })

  it('stop at a list that is too long: a hundred thousand empty entries make few issues', () => {
    const loras = Array.from({ length: 100_000 }, () => ({}))
    const issues = issuesOf({ ...valid, loras })
    expect(issues.map(({ path }) => path)).toEqual(['loras', 'loras.0.path', 'loras.1.path', 'loras.2.path'])
  })

  it('replace halves of a character, which cannot be sent', () => {
    const draft = { video: 'https://example.com/\ud800', prompt: 'a \ud83d', negativePrompt: '\udc00' }
    const checked = checkInput({ ...draft, loras: [{ path: 'owner/\ud800' }] })
    expect(checked).toMatchObject({
      input: {
        video: 'https://example.com/%EF%BF%BD',
        prompt: 'a \ufffd',
        negative_prompt: '\ufffd',
        loras: [{ path: 'owner/\ufffd' }],
      },
    })
  })

  it.each([
    ['clip.mp4', 'has no scheme: it has to begin with https:// or http://.'],
    ['//example.com/clip.mp4', 'has no scheme: it has to begin with https:// or http://.'],
    ['file:///etc/passwd', 'has the scheme file: it has to begin with https:// or http://.'],
    ['javascript:alert(1)', 'has the scheme javascript: it has to begin with https:// or http://.'],
    ['localhost:4010/clip.mp4', 'has the scheme localhost: it has to begin with https:// or http://.'],
    ['https://', 'has no host.'],
    ['https://?a', 'has no host.'],
    ['https://:80', 'has no host.'],
    ['https://example.com:99999/a', 'has the port 99999: 65535 is the last one.'],
    ['http://[', 'has the host "[", which is neither a name nor an address.'],
    ['https://%zz/', 'has the host "%zz", which is neither a name nor an address.'],
    ['https://a b/', 'has the host "a b", which is neither a name nor an address.'],
    ['https://1.2.3.4.5/', 'has the host "1.2.3.4.5", which is neither a name nor an address.'],
    ['http://\u0000', 'has the host "\\u0000", which is neither a name nor an address.'],
  ])('refuse the video %j and say why', (video, why) => {
    expect(issuesOf({ ...valid, video })).toMatchObject([{ path: 'video', message: `video ${why}` }])
  })

  it.each([
    ['http://127.0.0.1:4010/clips/source.mp4', 'http://127.0.0.1:4010/clips/source.mp4'],
    ['https://[::1]:8080/a?b=c#d', 'https://[::1]:8080/a?b=c#d'],
    ['https://example.com', 'https://example.com/'],
    ['HTTPS://EXAMPLE.com/Clip.MP4', 'https://example.com/Clip.MP4'],
    ['https://example.com/clip[1].mp4', 'https://example.com/clip[1].mp4'],
    ['https://example.com/für élise/猫.mp4', 'https://example.com/f%C3%BCr%20%C3%A9lise/%E7%8C%AB.mp4'],
    ['https://müller.example/a', 'https://xn--mller-kva.example/a'],
    ['https://user:password@example.com/a', 'https://user:password@example.com/a'],
    ['http://host/%zz', 'http://host/%zz'],
    ['http://host/a|bc{d}?q="x"', 'http://host/a|bc%7Bd%7D?q=%22x%22'],
    [' https://example.com/a\n', 'https://example.com/a'],
    ['https:example.com', 'https://example.com/'],
  ])('accept the video %j in its normal form', (video, normal) => {
    expect(checkInput({ ...valid, video })).toMatchObject({ input: { video: normal } })
  })

  it.each([
    ['owner', 'is neither a Hugging Face model (owner/model) nor an http(s) URL.'],
    ['owner/model:v2', 'is neither a Hugging Face model (owner/model) nor an http(s) URL.'],
    ['owner/model/file', 'is neither a Hugging Face model (owner/model) nor an http(s) URL.'],
    ['ftp://example.com/a', 'nor an http(s) URL: it has the scheme ftp'],
    ['https://', 'nor an http(s) URL: it has no host'],
  ])('refuse the LoRA %j and say why', (path, why) => {
    expect(issuesOf({ ...valid, loras: [{ path }] })).toMatchObject([
      {
        path: 'loras.0.path',
        message: expect.stringContaining(why),
      },
    ])
  })

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

it('an address is judged the same however many were judged before it', () => {
  const judge = (video: string) => addressFault(normalAddress(video))
  // As often as it takes V8 to compile what judges.
  for (let index = 0; index < 200_000; index += 1) judge(`https://example.com/${index}`)
  expect(judge('https://müller.example/a')).toBeNull()
})

it('a text that is far too long is not looked into', () => {
  const parsed = vi.spyOn(globalThis, 'URL')
  onTestFinished(() => parsed.mockRestore())
  const plain = `https://${'a'.repeat(300_000)}`
  expect(issuesOf({ ...valid, video: plain })).toMatchObject([{ path: 'video', maximum: 8_192 }])
  // A character may have two code units, and one character more is too many.
  expect(Math.max(...parsed.mock.calls.map(([text]) => String(text).length))).toBeLessThanOrEqual(16_385)
  const huge = `https://${'ä.'.repeat(300_000)}`
  expect(issuesOf({ ...valid, video: huge, loras: [{ path: huge }] })).toMatchObject([
    { path: 'video', maximum: 8_192 },
    { path: 'loras.0.path', maximum: 8_192 },
  ])
  const longest = Math.max(...parsed.mock.calls.map(([text]) => String(text).length))
  expect(longest).toBeGreaterThan(8_192)
  expect(longest).toBeLessThan(100_000) // `ä` is `xn--4ca` in a host
})

it('a text at its bound may consist of characters of two code units', () => {
  const bound = v2vLoraParameters.prompt.maxLength
  expect(issuesOf({ ...valid, prompt: '🦊'.repeat(bound) })).toEqual([])
  expect(issuesOf({ ...valid, prompt: '🦊'.repeat(bound + 1) })).toMatchObject([{ path: 'prompt' }])
})
