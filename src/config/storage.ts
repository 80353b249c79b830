import { parseUrl } from '../url.ts'
import { readFileUrl } from './path.ts'
import type { Reader } from './reader.ts'

export interface StorageConfig {
  /** `file` is the path that SQLite opens, relative to the working directory. */
  readonly database:
    | { readonly kind: 'sqlite'; readonly file: string }
    | { readonly kind: 'postgres'; readonly url: string }
  /** What this process does: serve clients (web), take steps (worker), or both. */
  readonly role: 'all' | 'web' | 'worker'
}

export const roles = ['all', 'web', 'worker'] as const

/** Where jobs are kept, and which part of the work this process does. */
export function readStorage(read: Reader, faults: string[]): StorageConfig {
  const url = read.text('DATABASE_URL')
  const named = readFileUrl(url)
  const file = named && 'path' in named ? named.path : ''
  const role = read.choice('ROLE', roles)
  if (named && 'fault' in named) faults.push(`DATABASE_URL ${named.fault}.`)
  else if (file.endsWith('/'))
    faults.push(`DATABASE_URL names a folder: name a file in it, such as ${url}jobs.db.`)
  else if (file === '' && !isAddress(url, /^postgres(ql)?:$/)) {
    faults.push(
      'DATABASE_URL must be a SQLite file (file:relative/path or file:///absolute/path) or a PostgreSQL database ' +
        '(postgres://user:password@host:5432/database).',
    )
  }
  if (file !== '' && role !== 'all') {
    faults.push(
      `ROLE=${role} is for many gateways, and a SQLite file has one: set DATABASE_URL to a PostgreSQL database that ` +
        'they share, or leave it out.',
    )
  }
  return {
    database: file === '' ? { kind: 'postgres', url } : { kind: 'sqlite', file },
    role,
  }
}

/** Whether it is an address with a host; what is wrong with it is not said, since it may hold a password. */
function isAddress(text: string, protocol: RegExp): boolean {
  const url = parseUrl(text)
  if (url === null) return false
  return protocol.test(url.protocol) && (url.hostname !== '' || url.searchParams.has('host'))
}

const isPassword = (name: string) => /pass|pwd/i.test(name)

/** An address without any password in it. */
export function withoutPassword(text: string): string {
  const url = parseUrl(text)
  if (url === null) return '[redacted]'
  if (url.password) url.password = 'redacted'
  for (const name of [...url.searchParams.keys()].filter(isPassword)) url.searchParams.set(name, 'redacted')
  return url.href
}

/** The passwords of an address, as they are written in it and as they are meant. */
export function passwordsOf(text: string): string[] {
  const url = parseUrl(text)
  if (url === null) return []
  const { password, search } = url
  const parameters = [...search.matchAll(/[?&]([^=&]*)=([^&]*)/g)]
    .filter(([, name = '']) => isPassword(name))
    .map(([, , value = '']) => value)
  return [password, ...parameters].flatMap((one) => (one === '' ? [] : [one, decoded(one)]))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
