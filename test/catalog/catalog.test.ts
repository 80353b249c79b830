import { describe, expect, it } from 'vitest'
import { commonOf, families, findModel, listModels, parametersOf, roleOf } from '../../src/catalog/catalog.ts'
import { factsOf, inputRules, seedWithin } from '../../src/catalog/check.ts'
import { models, type Parameter } from '../../src/generated/parameters.ts'
import type { JobInput } from '../../src/jobs/input.ts'

const parameter: Parameter = {
  name: 'a',
  field: 'a',
  type: 'integer',
  label: 'A',
  required: false,
  description: 'A.',
}

describe('the catalog', () => {
  it('has every model of the document once, by id and by name, in a family that begins with its default', () => {
    expect(listModels()).toEqual(models)
    expect(families.flatMap((family) => family.models)).toEqual(models)
    for (const model of models) {
      expect(findModel(model.id)).toBe(model)
      expect(findModel(model.name)).toBe(model)
    }
    for (const { defaultModel, models: own } of families) expect(defaultModel).toBe(own[0])
    expect(findModel('nobody/nothing')).toBeUndefined()
  })

  it('knows a parameter by its role', () => {
    const image = findModel('wavespeed-ai/wan-2.1/i2v-720p-lora')
    expect(roleOf(image, 'source')?.name).toBe('image')
    expect(roleOf(image, 'prompt')?.name).toBe('prompt')
    expect(roleOf(findModel('wavespeed-ai/wan-2.1/t2v-720p-lora'), 'source')).toBeUndefined()
    expect(roleOf(undefined, 'seed')).toBeUndefined()
  })

  it('has the ranges of the very model', () => {
    const durationOf = (id: string) =>
      parametersOf(findModel(id) ?? models[0]).find(({ name }) => name === 'duration')
    expect(durationOf('wavespeed-ai/wan-2.1/i2v-480p-lora')).toMatchObject({ allowed: [5, 10] })
    expect(durationOf('wavespeed-ai/wan-2.1/i2v-720p-lora')).toMatchObject({ minimum: 5, maximum: 10 })
  })
})

describe('a parameter of a family', () => {
  it('is that of its models where they agree', () => {
    const one = { ...parameter, minimum: 1, maximum: 3, default: 2 }
    expect(commonOf([one, { ...one }])).toEqual({ ...one, varies: false, always: true })
  })

  it('has neither range nor default where they differ', () => {
    const one = { ...parameter, minimum: 1, maximum: 3, default: 2 }
    expect(commonOf([one, { ...one, minimum: 2, default: 3 }])).toEqual({
      ...parameter,
      maximum: 3,
      varies: true,
      always: true,
    })
  })

  it('has the widest bounds, and all values that any model takes', () => {
    const one: Parameter = { ...parameter, maxItems: 2, maxLength: 3, allowed: [1, 2] }
    const other: Parameter = { ...parameter, maxItems: 5, maxLength: 9, allowed: [2, 3] }
    expect(commonOf([one, other])).toMatchObject({
      maxItems: 5,
      maxLength: 9,
      allowed: [1, 2, 3],
      varies: true,
    })
    expect(commonOf([{ ...parameter, maxItems: 1, maxLength: 1 }])).toMatchObject({
      maxItems: 1,
      maxLength: 1,
    })
    expect(commonOf([one, parameter])).not.toHaveProperty('allowed')
    expect(commonOf([parameter])).not.toHaveProperty('maxItems')
    expect(commonOf([parameter])).not.toHaveProperty('maxLength')
  })

  it.each([
    ['needed', { label: 'A', required: true }, true],
    ['of a default', { default: 0 }, true],
    ['the seed, which is drawn', { role: 'seed' }, true],
    ['none of these', {}, false],
  ] as const)('is in every input if it is %s', (_name, change, always) => {
    expect(commonOf([{ ...parameter, ...change }]).always).toBe(always)
    expect(commonOf([{ ...parameter, ...change }, parameter]).always).toBe(false)
  })
})

describe('a seed', () => {
  const model = models[0].id
  it.each([
    [-1, true],
    [undefined, true],
    [null, true],
    [0, false],
    [2_147_483_647, false],
  ])('of %j is left to chance: %j', (seed, seedDrawn) => {
    const draft = { video: 'https://example.com/a.mp4', prompt: 'a fox', seed }
    expect(inputRules.check(model, draft)).toMatchObject({ seedDrawn })
  })

  it.each([
    ['left out', { seed: undefined }, true],
    ['-1', { seed: -1 }, true],
    ['1', { seed: 1 }, false],
  ])('%s, of a model without a default and without a prompt, is known', (_name, input, seedDrawn) => {
    const seed: Parameter = { ...parameter, name: 'seed', role: 'seed' }
    expect(factsOf([seed], input as JobInput)).toEqual({ prompt: '', seedDrawn })
    const prompt: Parameter = { ...parameter, name: 'words', type: 'string', role: 'prompt' }
    expect(factsOf([prompt], { words: 'a fox' })).toEqual({ prompt: 'a fox', seedDrawn: false })
    expect(factsOf([prompt], {})).toEqual({ prompt: '', seedDrawn: false })
  })

  it.each([
    [{}, 2_147_483_647, 2_147_483_647],
    [{ minimum: -1 }, 0, 0],
    [{ minimum: 0, maximum: 65_535 }, 65_535, 65_535],
    [{ minimum: 0, maximum: 65_535 }, 65_536, 0],
    [{ minimum: 10, maximum: 12 }, 2, 12],
    [{ minimum: 10, maximum: 12 }, 3, 10],
  ])('is brought into the range %j: %i becomes %i', (range, drawn, seed) => {
    expect(seedWithin({ ...parameter, ...range }, drawn)).toBe(seed)
  })

  it('takes the place of the one that was asked for, and of nothing else', () => {
    expect(inputRules.withSeed(model, { prompt: 'a', seed: -1 }, 7)).toEqual({ prompt: 'a', seed: 7 })
    expect(inputRules.withSeed(model, { prompt: 'a' }, 2_147_483_647)).toEqual({
      prompt: 'a',
      seed: 2_147_483_647,
    })
    expect(inputRules.withSeed('nobody/nothing', { seed: 1 }, 7)).toEqual({ seed: 1 })
  })
})
