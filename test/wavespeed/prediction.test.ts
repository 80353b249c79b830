import { describe, expect, it } from 'vitest'
import { mostOutputs } from '../../src/generated/parameters.ts'
import { readPrediction } from '../../src/wavespeed/prediction.ts'

const url = 'https://example.com/out.mp4'
const completed = { id: 'p1', status: 'completed', outputs: [url] }

describe('a prediction', () => {
  it.each([
    null,
    'p1',
    [],
    {},
    { id: 'p1' },
    { status: 'completed' },
    { id: '', status: 'completed' },
    { id: 7, status: 'completed' },
    { id: 'p1', status: null },
    { id: 'p'.repeat(10_000), status: 'completed' },
  ])('without an id and a status is none: %j', (value) => {
    expect(readPrediction(value)).toBeNull()
  })

  const odd = [true, 7, 'text', [], [1], [{}], {}, { a: 1 }, '', [null], Number.MAX_VALUE]
  const optional = [
    'model',
    'urls',
    'has_nsfw_contents',
    'created_at',
    'error',
    'code',
    'executionTime',
    'timings',
    'input',
    'inputs',
    'mood',
  ]
  it.each(optional)('is read whatever form %s has', (member) => {
    for (const value of [...odd, null]) {
      const read = readPrediction({ ...completed, [member]: value })
      expect(
        read?.outputs.map((output) => output.url),
        JSON.stringify(value),
      ).toEqual([url])
    }
  })

  it('names each member that it leaves out, by its form', () => {
    const members = {
      has_nsfw_contents: 'no',
      error: [1],
      code: {},
      timings: { inference: 'soon' },
      created_at: {},
    }
    expect(readPrediction({ ...completed, ...members })?.oddities).toEqual([
      'has_nsfw_contents: string',
      'created_at: object',
      'timings.inference: string',
      'error: array',
      'code: object',
    ])
    expect(readPrediction(completed)?.oddities).toEqual([])
  })

  it.each([
    [{ has_nsfw_contents: false }, { outputs: [{ url, nsfw: false }] }],
    [{ has_nsfw_contents: [null] }, { outputs: [{ url, nsfw: null }] }],
    [{ has_nsfw_contents: ['x', true] }, { outputs: [{ url, nsfw: null }] }],
    [{ outputs: url }, { outputs: [{ url, nsfw: null }] }],
    [{ outputs: { url } }, { outputs: [{ url, nsfw: null }] }],
    [{ outputs: [{ url, width: 832 }] }, { outputs: [{ url, nsfw: null }] }],
    [
      { outputs: ['HTTPS://Example.com/ü'] },
      { outputs: [{ url: 'https://example.com/%C3%BC', nsfw: null }] },
    ],
    [{ error: { message: 'no clip' } }, { error: 'no clip' }],
    [{ code: '1402' }, { code: 1402 }],
    [{ executionTime: '20' }, { inferenceMs: 20 }],
    [{ timings: { inference: 20.5 } }, { inferenceMs: 20.5 }],
    [{ created_at: '2026-01-01T00:00:00.123456789Z' }, { createdAt: Date.UTC(2026, 0, 1, 0, 0, 0, 123) }],
    [{ created_at: '2026-01-01T02:00:00+02:00' }, { createdAt: Date.UTC(2026, 0, 1) }],
    [{ created_at: 1_767_225_600 }, { createdAt: Date.UTC(2026, 0, 1) }],
    [{ created_at: 1_767_225_600_000 }, { createdAt: Date.UTC(2026, 0, 1) }],
  ])('is read in every form that can be: %j', (members, expected) => {
    expect(readPrediction({ ...completed, ...members })).toMatchObject(expected)
  })

  it('says of each output that cannot be used why', () => {
    const read = readPrediction({
      ...completed,
      outputs: [url, 7, {}, 'nowhere', 'ftp://example.com/a', null],
    })
    expect(read).toMatchObject({
      outputs: [{ url }],
      unusable: [
        'output 2 is a number',
        'output 3 is an object without a url',
        'output 4 is no URL',
        'output 5 is no http(s) URL',
        'output 6 is null',
      ],
    })
  })

  it.each([
    ['a', 500, 501],
    ['https://example.com/', 8_192, 8_193],
  ])('may have texts as long as anybody writes (%s…), and no longer', (text, longest, longer) => {
    const fill = (length: number) => text.padEnd(length, 'a')
    const read = (length: number) =>
      text === 'a'
        ? readPrediction({ ...completed, id: fill(length) })
        : (readPrediction({ ...completed, outputs: [fill(length)] })?.outputs[0] ?? null)
    expect(read(longest)).not.toBeNull()
    expect(read(longer)).toBeNull()
  })

  it.each([
    ['', [], []],
    [null, [], []],
    [undefined, [], []],
    [[], [], []],
    [[[1]], [], ['output 1 is an array']],
    [[true], [], ['output 1 is a boolean']],
    ['x'.repeat(8_193), [], ['output 1 is longer than 8192 characters']],
    [['http://a.example.com'], ['http://a.example.com/'], []],
    [['xhttp://a.example.com'], [], ['output 1 is no http(s) URL']],
    [Array(5).fill(1), [], [1, 2, 3, 4, 5].map((place) => `output ${place} is a number`)],
    [
      Array(7).fill(1),
      [],
      [...[1, 2, 3, 4, 5].map((place) => `output ${place} is a number`), '2 more are like these'],
    ],
  ])('has of the outputs %j those that can be used', (outputs, urls, unusable) => {
    const read = readPrediction({ ...completed, outputs })
    expect(read?.outputs.map((output) => output.url)).toEqual(urls)
    expect(read?.unusable).toEqual(unusable)
  })

  it('tells that it was cut only where it was', () => {
    const of = (count: number) => readPrediction({ ...completed, outputs: Array(count).fill(url) })
    expect(of(mostOutputs)).toMatchObject({ unusable: [] })
    expect(of(mostOutputs)?.outputs).toHaveLength(mostOutputs)
    expect(of(mostOutputs + 1)?.unusable).toEqual([
      `of ${mostOutputs + 1} outputs the first ${mostOutputs} are read`,
    ])
  })

  it.each([
    [{ has_nsfw_contents: true, outputs: [url, url] }, [true, true]],
    [{ has_nsfw_contents: [true, false, true], outputs: [url, 7, url] }, [true, true]],
    [{ has_nsfw_contents: [true], outputs: [url, url] }, [true, null]],
  ])('has a flag for each output: %j', (members, flags) => {
    expect(readPrediction({ ...completed, ...members })?.outputs.map(({ nsfw }) => nsfw)).toEqual(flags)
  })

  it.each([
    [{ error: { detail: 'a' } }, { error: 'a' }],
    [{ error: { error: 'a' } }, { error: 'a' }],
    [{ error: {} }, { error: null, oddities: ['error: object'] }],
    [{ error: '' }, { error: '' }],
    [{ code: ' 7 ' }, { code: 7 }],
    [{ code: ' ' }, { code: null, oddities: ['code: string'] }],
    [{ code: Number.POSITIVE_INFINITY }, { code: null, oddities: ['code: number'] }],
    [{ code: true }, { code: null, oddities: ['code: boolean'] }],
    [{ timings: { inference: 'x' }, executionTime: 7 }, { inferenceMs: 7 }],
    [
      { timings: { inference: 1 }, executionTime: 7 },
      { inferenceMs: 1, oddities: [] },
    ],
    [{ input: { a: 1 } }, { input: { a: 1 } }],
    [
      { input: [1], inputs: { a: 1 } },
      { input: { a: 1 }, oddities: ['input: array'] },
    ],
    [{ created_at: 99_999_999_999 }, { createdAt: 99_999_999_999_000 }],
    [{ created_at: 100_000_000_000 }, { createdAt: 100_000_000_000 }],
    [{ created_at: ['2026-01-01'] }, { createdAt: null, oddities: ['created_at: array'] }],
    [{ error: { message: 7 } }, { error: null, oddities: ['error: object'] }],
    [{ code: null, error: null, created_at: null }, { oddities: [] }],
    [{ created_at: 'never' }, { createdAt: null, oddities: ['created_at: string'] }],
    [{ created_at: true }, { createdAt: null, oddities: ['created_at: boolean'] }],
  ])('is read with its odd members: %j', (members, expected) => {
    expect(readPrediction({ ...completed, ...members })).toMatchObject(expected)
  })

  it('of a million outputs has a bounded number, and few reasons', () => {
    const many = readPrediction({ ...completed, outputs: Array.from({ length: 1_000_000 }, () => url) })
    expect(many?.outputs).toHaveLength(mostOutputs)
    const numbers = readPrediction({ ...completed, outputs: Array.from({ length: 1_000_000 }, () => 1) })
    expect(JSON.stringify(numbers).length).toBeLessThan(1_000)
    expect(numbers?.unusable.at(-1)).toMatch(/of 1000000 outputs the first/)
  })
})
