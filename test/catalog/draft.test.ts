import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { checkDraft, inputRules } from '../../src/catalog/check.ts'
import { models, type Parameter } from '../../src/generated/parameters.ts'

const ajv = new Ajv2020({ allErrors: true, verbose: true, formats: { 'http-url': /^https?:/ } })
const base = { label: 'A', required: false, description: '' }

const moods = Array.from({ length: 20 }, (_, index) => `m${index}`)

/** What the document's own families do not have: lists of values, booleans, one-sided ranges, members of two names. */
const parameters: readonly Parameter[] = [
  {
    ...base,
    name: 'image_urls',
    field: 'imageUrls',
    type: 'array',
    maxItems: 2,
    itemType: 'string',
    itemMaxLength: 40,
    itemFormat: 'http-url',
  },
  {
    ...base,
    name: 'shots',
    field: 'shots',
    type: 'array',
    maxItems: 2,
    itemName: 'Shot',
    items: [
      { ...base, name: 'clip_seconds', field: 'clipSeconds', type: 'integer', default: 5 },
      { ...base, name: 'text', field: 'text', type: 'string', label: 'A', required: true, maxLength: 5 },
    ],
  },
  {
    ...base,
    name: 'style',
    field: 'style',
    type: 'string',
    allowed: Array.from({ length: 22 }, (_, index) => `s${index}`),
  },
  { ...base, name: 'weight', field: 'weight', type: 'number', minimum: 0 },
  { ...base, name: 'most', field: 'most', type: 'number', maximum: 3 },
  { ...base, name: 'title_text', field: 'titleText', type: 'string', minLength: 2, maxLength: 9 },
  { ...base, name: 'is_fast', field: 'isFast', type: 'boolean', default: true },
]
const more: readonly Parameter[] = [
  { ...base, name: 'mood', field: 'mood', type: 'string', allowed: moods },
  { ...base, name: 'note', field: 'note', type: 'string', maxLength: 9 },
]
const text = { type: 'string', maxLength: 5 }
const shot = { type: 'object', required: ['text'], properties: { clip_seconds: { type: 'integer' }, text } }
const url = { type: 'string', maxLength: 40, format: 'http-url' }
const validate = ajv.compile({
  type: 'object',
  properties: {
    image_urls: { type: 'array', minItems: 1, items: url },
    shots: { type: 'array', items: shot },
    style: { enum: parameters[2]?.allowed },
    weight: { type: 'number', minimum: 0 },
    most: { type: 'number', maximum: 3 },
    title_text: { type: 'string', minLength: 2, maxLength: 9, pattern: '^[a-j]+$' },
    mood: { enum: moods },
    note: { type: 'string', not: { pattern: '\\u0000' } },
    is_fast: { type: 'boolean' },
  },
})
const check = (draft: object) =>
  checkDraft([...parameters, ...more], validate, draft as Record<string, unknown>)
const issuesOf = (draft: object) => {
  const checked = check(draft)
  return 'issues' in checked ? checked.issues : []
}
const messagesOf = (draft: object) => issuesOf(draft).map(({ message }) => message)

describe('a draft', () => {
  it('is sent by the names of the vendor, members of entries included', () => {
    const imageUrls = ['HTTPS://Example.com/a b']
    expect(
      check({
        imageUrls,
        shots: [
          { text: 'a', clipSeconds: null },
          { clip_seconds: 7, text: 'b' },
        ],
      }),
    ).toEqual({
      input: {
        image_urls: ['https://example.com/a%20b'],
        shots: [
          { clip_seconds: 5, text: 'a' },
          { clip_seconds: 7, text: 'b' },
        ],
        is_fast: true,
      },
    })
    expect(check({ isFast: false })).toStrictEqual({ input: { is_fast: false } })
    expect(check({ isFast: undefined, weight: null })).toStrictEqual({ input: { is_fast: true } })
  })

  it.each([
    [
      { style: 'x' },
      `style has to be one of ${Array.from({ length: 20 }, (_, index) => `s${index}`).join(', ')} and 2 more.`,
    ],
    [{ weight: -1 }, 'weight has to be at least 0.'],
    [{ most: 4 }, 'most has to be at most 3.'],
    [{ titleText: 'a' }, 'titleText has to have at least 2 characters.'],
    [{ titleText: 'AB' }, 'titleText is not acceptable: see its description.'],
    [{ mood: 'x' }, `mood has to be one of ${moods.join(', ')}.`],
    [{ note: 7 }, 'note must be string.'],
    [{ note: '\0' }, 'note must not contain U+0000.'],
    [{ shots: [null] }, 'shots.0 must be object.'],
    [{ shots: ['a'] }, 'shots.0 must be object.'],
    [{ titleTe: 'ab' }, 'titleTe is no parameter of this model: did you mean titleText?'],
    [{ titleT: 'ab' }, 'titleT is no parameter of this model.'],
    [{ imageUrls: [] }, 'imageUrls has to have at least 1 entries.'],
    [{ imageUrls: ['a'] }, 'imageUrls.0 has no scheme: it has to begin with https:// or http://.'],
    [{ imageUrls: 'https://example.com' }, 'imageUrls must be array.'],
    [{ shots: [{}] }, 'shots.0.text is required.'],
    [{ shots: [{ clipSeconds: 0.5, text: 'a' }] }, 'shots.0.clipSeconds must be integer.'],
    [{ isFast: 'yes' }, 'isFast must be boolean.'],
    [{ titletext: 'abc' }, 'titletext is no parameter of this model: did you mean titleText?'],
    [{ anything: 1 }, 'anything is no parameter of this model.'],
    [{ shots: [{ text: 'a', txt: 'b' }] }, 'shots.0.txt is no parameter of this model: did you mean text?'],
    [{ is_fast: true, isFast: true }, 'isFast is given twice.'],
    [{ constructor: 1 }, 'constructor is no parameter of this model.'],
  ])('such as %j is told what is wrong', (draft, message) => {
    expect(messagesOf(draft)).toEqual([message])
  })

  it('has its limits as numbers with the faults', () => {
    const limits = (draft: object) => issuesOf(draft).map(({ minimum, maximum }) => [minimum, maximum])
    expect(limits({ titleText: 'a' })).toEqual([[2, null]])
    expect(limits({ titleText: 'abcdefghij' })).toEqual([[null, 9]])
    expect(limits({ imageUrls: [] })).toEqual([[1, null]])
    expect(limits({ weight: -1 })).toEqual([[0, null]])
    expect(limits({ anything: 1 })).toEqual([[null, null]])
  })

  it('is not looked into where a list is too long, nor are its entries', () => {
    const long = 'https://example.com/'.padEnd(100_000, 'a')
    expect(messagesOf({ imageUrls: [long, 'https://example.com', 'x', 'y'] })).toEqual([
      'imageUrls may have at most 2 entries.',
      'imageUrls.0 may have at most 40 characters.',
    ])
    const shots = [{ text: 'a' }, { text: 'b' }, { text: 'c', odd: 1 }]
    expect(messagesOf({ shots })).toEqual(['shots may have at most 2 entries.'])
  })

  it('of thousands of unknown names is told of a hundred, each cut to what one can read', () => {
    const draft = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [`x${index}`.padEnd(500, 'x'), 1]),
    )
    const issues = issuesOf(draft)
    expect(issues).toHaveLength(100)
    for (const { path, message } of issues) {
      expect(path).toHaveLength(100)
      expect(message).toBe(`${path} is no parameter of this model.`)
    }
  })

  it('of a model that there is not is told so', () => {
    const unknown = inputRules.check('x'.repeat(500), {})
    expect(unknown).toEqual({
      issues: [
        {
          path: 'model',
          message: `There is no model ${'x'.repeat(100)}: the query \`models\` lists them.`,
          minimum: null,
          maximum: null,
        },
      ],
    })
    expect(inputRules.check(models[0].id, { video: 'https://example.com/a', prompt: 'a fox' })).toMatchObject(
      { prompt: 'a fox' },
    )
  })
})
