import { LRUCache } from 'lru-cache'

/** Tokens whose patterns are kept: to make one costs more than all the rest of a poll. */
const mostTokens = 1_000

/** Takes secrets out of texts that the vendor, or whoever answers in its place, may have quoted them in. */
export interface Redactor {
  /** From now on no text holds this secret. */
  add(secret: string, name: string): void
  /** The text without the known secrets, and without `token`, the secret of one job. */
  text(text: string, token?: string | null): string
  /** The same for every string inside a value. */
  value<T>(value: T, token?: string | null): T
}

interface Secret {
  readonly pattern: RegExp
  /** What a text without escapes holds, folded, where the pattern matches it. */
  readonly forms: readonly string[]
  readonly name: string
}

export function createRedactor(): Redactor {
  const known = new Map<string, Secret>()
  const tokens = new LRUCache<string, Secret>({
    max: mostTokens,
    memoMethod: (token) => secretOf(token, 'token'),
  })

  function clean(text: string, secrets: readonly Secret[]): string {
    // The patterns are slow, and next to no text needs them.
    const folded = fold(text)
    const mayHold = ({ forms }: Secret) => forms.some((form) => folded.includes(form))
    if (!/[%\\&]/.test(text) && !secrets.some(mayHold)) return text
    return secrets.reduce((cleaned, { pattern, name }) => cleaned.replace(pattern, `[${name}]`), text)
  }

  function walk(value: unknown, secrets: readonly Secret[]): unknown {
    if (typeof value === 'string') return clean(value, secrets)
    if (Array.isArray(value)) return value.map((one) => walk(one, secrets))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, walk(one, secrets)]))
  }

  const all = (token: string | null | undefined) =>
    token ? [...known.values(), tokens.memo(token)] : [...known.values()]

  return {
    add(secret, name) {
      if (secret !== '') known.set(secret, secretOf(secret, name))
    },
    text: (text, token) => clean(text, all(token)),
    value: <T>(value: T, token?: string | null) => walk(value, all(token)) as T,
  }
}

/** Matches a secret as it is, escaped for JSON, HTML or a URL (once or more), in base64 or in hex. */
function secretOf(secret: string, name: string): Secret {
  const bytes = Buffer.from(secret)
  const encoded = [bytes.toString('hex'), ...[0, 1, 2].map((offset) => inBase64(bytes, offset))]
  const patterns = [
    [...secret].map(anyFormOf).join(''),
    ...encoded.map((form) => form.replaceAll('+', '[+-]').replaceAll('/', '[/_]')),
  ]
  return {
    pattern: new RegExp(patterns.join('|'), 'gi'),
    forms: [secret, ...encoded].map(fold),
    name,
  }
}

/** The same for capitals and for base64 as URLs have it. */
const fold = (text: string) => text.toLowerCase().replaceAll('-', '+').replaceAll('_', '/')

function anyFormOf(character: string): string {
  const code = character.charCodeAt(0)
  const hex = code.toString(16).padStart(2, '0')
  const literal = character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
  return `(?:${literal}|%(?:25)*${hex}|\\\\+u00${hex}|\\\\+x${hex}|&#0*${code};|&#x0*${hex};)`
}

/** What of the base64 of a text tells that it has these bytes, `offset` bytes after a multiple of three. */
function inBase64(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
  const begin = Math.ceil((offset * 8) / 6)
  const end = Math.floor(((offset + bytes.length) * 8) / 6)
  return text.slice(begin, end)
}
