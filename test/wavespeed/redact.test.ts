import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRedactor } from '../../src/wavespeed/redact.ts'
import { always } from '../support/seed.ts'

const key = 'wsk_Live-4f9A_c0ffee+/=7'
const token = 'Zm9yIG9uZSBqb2Igb25seSAtIDI0_-x'

const percent = (text: string) => [...text].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('')
const encodings: Record<string, (text: string) => string> = {
  'as it is': (text) => text,
  'in a URL': encodeURIComponent,
  'with every character percent-encoded': percent,
  'percent-encoded twice': (text) => encodeURIComponent(percent(text)),
  'JSON-escaped': (text) =>
    [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  'as HTML': (text) => [...text].map((c) => `&#${c.charCodeAt(0)};`).join(''),
  'in base64': (text) => Buffer.from(text).toString('base64'),
  'in base64url': (text) => Buffer.from(text).toString('base64url'),
  'in base64 behind other text': (text) => Buffer.from(`key:${text}!`).toString('base64'),
  'in hex': (text) => Buffer.from(text).toString('hex'),
}

describe('a secret', () => {
  const redactor = createRedactor()
  redactor.add(key, 'key')

  it.each(Object.entries(encodings))('that is quoted %s is taken out', (_name, encode) => {
    const cleaned = redactor.text(`invalid key ${encode(key)} and ${encode(token)} here`, token)
    expect(cleaned).toMatch(/^invalid key .*\[key\].* and .*\[token\].* here$/)
    expect(cleaned).not.toContain(encode(key).slice(4, -4))
    expect(cleaned).not.toContain(encode(token).slice(4, -4))
  })

  it('is taken out of every text inside a value, and nothing else is changed', () => {
    const value = {
      url: `https://x.example/?k=${key}`,
      list: [key, 7, null, { deep: `${token}` }],
      flag: true,
    }
    expect(redactor.value(value, token)).toEqual({
      url: 'https://x.example/?k=[key]',
      list: ['[key]', 7, null, { deep: '[token]' }],
      flag: true,
    })
  })

  it('never stays in a text, whatever surrounds it', () => {
    always(
      fc.property(
        fc.string(),
        fc.string(),
        fc.constantFrom(...Object.values(encodings)),
        (before, after, encode) => {
          const encoded = encode(key)
          expect(redactor.text(before + encoded + after)).not.toContain(encoded.slice(4, -4))
        },
      ),
    )
  })

  it('that is not there leaves a text as it is', () => {
    always(
      fc.property(fc.string(), (text) => {
        expect(redactor.text(text, token)).toBe(text)
      }),
    )
  })
})

describe('a secret within base64', () => {
  it.each(['>>>???>>>???', 'wsk_live_0123', 'wsk_live_01234', 'wsk_live_012345', 'é'.repeat(6)])(
    'is taken out wherever it begins: %s',
    (secret) => {
      const redactor = createRedactor()
      redactor.add(secret, 'key')
      for (const before of ['', 'a', 'ab', 'abc']) {
        for (const after of ['', 'x', 'xy']) {
          const bytes = Buffer.from(before + secret + after)
          for (const encoding of ['base64', 'base64url'] as const) {
            const text = redactor.text(bytes.toString(encoding))
            expect(text, before + after).toContain('[key]')
            // Of what is left each character stands for at least a bit that is not the secret's.
            const own = Math.ceil((before.length * 8) / 6) + Math.ceil(((after.length + 2) * 8) / 6)
            expect(text.length - '[key]'.length, before + after).toBeLessThanOrEqual(own + 1)
          }
        }
      }
    },
  )

  it('is nothing that only begins like it', () => {
    const redactor = createRedactor()
    redactor.add('wsk_live_0123456789', 'key')
    const other = Buffer.from('wsk_live_0123400000').toString('base64')
    expect(redactor.text(other)).toBe(other)
  })
})

it('a secret of few characters and many bytes, or with control characters, is taken out', () => {
  const redactor = createRedactor()
  redactor.add('éé', 'short')
  redactor.add('a\tb', 'tab')
  expect(redactor.text('éé')).toBe('[short]')
  expect(redactor.text('a%09b')).toBe('[tab]')
})

it('no secret is no secret', () => {
  const redactor = createRedactor()
  redactor.add('', 'nothing')
  expect(redactor.text('a text')).toBe('a text')
  expect(redactor.text('a text', '')).toBe('a text')
})
