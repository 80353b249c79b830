import { describe, expect, it } from 'vitest'
import { keptAs, outputKey, typeOfKey } from '../../src/archive/media.ts'

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
