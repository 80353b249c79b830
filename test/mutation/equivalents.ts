/** A mutant that is the same program, so that no test can tell it from the code. */
export interface Equivalent {
  readonly file: string
  readonly mutator: string
  readonly original: string
  readonly replacement: string
  /** The line that it begins on. */
  readonly within: string
  readonly reason: string
}

export const equivalents: readonly Equivalent[] = [
  {
    file: 'src/address.ts',
    mutator: 'NumberLiteral',
    original: '0',
    replacement: '1',
    within: '(((groups[4] ?? 0) & 0xfdff) === 0 && groups[5] === 0x5efe)',
    reason: 'The value is always there: only the compiler asks for what would be in its place.',
  },
  {
    file: 'src/address.ts',
    mutator: 'NumberLiteral',
    original: '0',
    replacement: '1',
    within: 'const [high = 0, low = 0] = groups.slice(6)',
    reason: 'The value is always there: only the compiler asks for what would be in its place.',
  },
  {
    file: 'src/address.ts',
    mutator: 'NumberLiteral',
    original: '0',
    replacement: '1',
    within: 'const [a = 0, b = 0, c = 0, d = 0] = bytes.map(Number)',
    reason: 'The value is always there: only the compiler asks for what would be in its place.',
  },
  {
    file: 'src/address.ts',
    mutator: 'StringLiteral',
    original: "''",
    replacement: '"Stryker was here!"',
    within: "const [head = '', tail] = plain.split('::')",
    reason: 'The value is always there: only the compiler asks for what would be in its place.',
  },
  {
    file: 'src/address.ts',
    mutator: 'NumberLiteral',
    original: '0',
    replacement: '1',
    within: 'if (family === 0) return false',
    reason: 'The list itself has no text that is no address.',
  },
  {
    file: 'src/address.ts',
    mutator: 'ConditionalExpression',
    original: 'family === 0',
    replacement: 'false',
    within: 'if (family === 0) return false',
    reason: 'The list itself has no text that is no address.',
  },
  {
    file: 'src/server/normalize.ts',
    mutator: 'StringLiteral',
    original: "''",
    replacement: '"Stryker was here!"',
    within: "const [type = '', ...parameters] = value.split(';')",
    reason: 'The value is always there: only the compiler asks for what would be in its place.',
  },
  {
    file: 'src/server/normalize.ts',
    mutator: 'StringLiteral',
    original: "'/'",
    replacement: '""',
    within: "const url = request.url ?? '/'",
    reason: "Neither is a whole address, and what is sent on is the request's own.",
  },
  {
    file: 'src/server/origin.ts',
    mutator: 'StringLiteral',
    original: "''",
    replacement: '"Stryker was here!"',
    within: "const isOwn = /^https?:/.test(foreign ?? '') && parse(origin)?.host === own?.host",
    reason: 'Neither begins with a scheme.',
  },
  {
    file: 'src/server/origin.ts',
    mutator: 'OptionalChaining',
    original: 'parse(origin)?.host',
    replacement: 'parse(origin).host',
    within: "const isOwn = /^https?:/.test(foreign ?? '') && parse(origin)?.host === own?.host",
    reason: 'What is an origin can be parsed.',
  },
  {
    file: 'src/server/origin.ts',
    mutator: 'ArrayDeclaration',
    original: '[]',
    replacement: '["Stryker was here"]',
    within: 'const names = new Set([options.host, ...(options.allowedHosts ?? [])])',
    reason: 'No host has such a name.',
  },
  {
    file: 'src/server/origin.ts',
    mutator: 'ConditionalExpression',
    original: 'origin !== null',
    replacement: 'true',
    within: 'return origin !== null && /^https?:/.test(origin) && isLoopbackHost(new URL(origin).hostname)',
    reason: 'The text of null begins with no scheme.',
  },
  {
    file: 'src/server/origin.ts',
    mutator: 'Regex',
    original: '/^\\[(.*)\\]$/',
    replacement: '/\\[(.*)\\]$/',
    within: "return isIP(hostname.replace(/^\\[(.*)\\]$/, '$1')) !== 0",
    reason: 'The hostname of a URL has brackets around it or none.',
  },
  {
    file: 'src/server/origin.ts',
    mutator: 'Regex',
    original: '/^\\[(.*)\\]$/',
    replacement: '/^\\[(.*)\\]/',
    within: "return isIP(hostname.replace(/^\\[(.*)\\]$/, '$1')) !== 0",
    reason: 'The hostname of a URL has brackets around it or none.',
  },
]
