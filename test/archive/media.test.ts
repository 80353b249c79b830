import { describe, expect, it } from 'vitest'
import { isOwnerId, keptAs, outputKey, posterKey, typeOfKey } from '../../src/archive/media.ts'

const url = 'https://cdn.example.com/outputs/a.MP4?sig=x'

describe('a file', () => {
  it.each([
    ['video/mp4', 'mp4', 'video/mp4'],
    ['image/webp', 'webp', 'image/webp'],
    // Nobody told the store what it is, so its name tells.
    ['application/octet-stream', 'mp4', 'video/mp4'],
    ['binary/octet-stream', 'mp4', 'video/mp4'],
    // It could run script in the gateway's name if it were shown.
    ['image/svg+xml', 'bin', 'application/octet-stream'],
    ['video/x-unheard-of', 'bin', 'application/octet-stream'],
  ])('that comes as %s is kept as .%s, %s', (declared, extension, contentType) => {
    expect(keptAs(declared, url)).toEqual({ extension, contentType })
    const key = outputKey('job_00000000000000000000000000', 0, extension)
    expect(typeOfKey(key)).toBe(contentType)
  })

  it.each(['https://a.example.com/x', 'https://a.example.com/x.svg', 'https://a.example.com/x.constructor'])(
    'of unknown type at %s is kept as bytes',
    (address) => {
      expect(keptAs('application/octet-stream', address)?.extension).toBe('bin')
    },
  )

  it.each(['text/html', 'application/json', 'application/xml', ''])(
    'that comes as %j is not kept',
    (type) => {
      expect(keptAs(type, url)).toBeNull()
    },
  )
})

describe('what the archive knows', () => {
  const id = 'job_00000000000000000000000000'

  it.each([
    ['mp4', 'video/mp4'],
    ['webm', 'video/webm'],
    ['mov', 'video/quicktime'],
    ['png', 'image/png'],
    ['jpg', 'image/jpeg'],
    ['webp', 'image/webp'],
    ['gif', 'image/gif'],
    ['mp3', 'audio/mpeg'],
    ['wav', 'audio/wav'],
  ])('is .%s, by its type, by its name, and in a key', (extension, contentType) => {
    expect(keptAs(contentType, 'https://a.example.com/x')).toEqual({ extension, contentType })
    const named = `https://a.example.com/x.y/z.${extension}?a.b`
    expect(keptAs('application/octet-stream', named)).toEqual({ extension, contentType })
    expect(typeOfKey(outputKey(id, 9_999, extension))).toBe(contentType)
  })

  it('is a poster beside the output that it is of', () => {
    const key = posterKey(outputKey(id, 3, 'mp4'))
    expect(key).toBe(`${id}/3.poster.jpg`)
    expect(typeOfKey(key)).toBe('image/jpeg')
    for (const other of ['3.poster.mp4', '3.poster', '3.poster.poster.jpg', 'poster.jpg', '3.other.jpg']) {
      expect(typeOfKey(`${id}/${other}`)).toBeNull()
    }
  })

  it.each(['https://a.example.com/x.mp4/y', 'https://a.example.com/x.mp4.part', 'https://a.example.com/'])(
    'is not what only stands within a name: %s',
    (url) => {
      expect(keptAs('application/octet-stream', url)?.extension).toBe('bin')
    },
  )

  it('is no type that only contains a known kind', () => {
    expect(keptAs('application/video/x', 'https://a.example.com/x.mp4')).toBeNull()
  })

  it.each([
    '',
    id,
    `${id}/0`,
    `${id}/.mp4`,
    `${id}/00000.mp4`,
    `${id}/0.mp4/..`,
    `${id}/0.mp4.html`,
    `${id}/0.mp4?`,
    `../${id}/0.mp4`,
    `/${id}/0.mp4`,
    `${id}/${id}/0.mp4`,
    `x${id}/0.mp4`,
    `${id}x/0.mp4`,
    `${id}/0.exe`,
  ])('%j is no key', (key) => {
    expect(typeOfKey(key)).toBeNull()
  })

  it.each(['', '..', 'job_', `${id}0`, `x${id}`, `${id}/`, `../${id}`, id.toUpperCase()])(
    '%j is not the id of a job, and names no folder',
    (text) => {
      expect(isOwnerId(text)).toBe(false)
    },
  )
})
