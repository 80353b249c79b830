import { createHash } from 'node:crypto'
import type { AccessConfig } from './access.ts'

const ways = {
  always: ['everyone', 'lets everyone in without a key (LOCAL_WITHOUT_KEY)'],
  'unless-keys-exist': ['keys-if-any', 'asks for keys once there are some'],
  never: ['keys', 'asks for keys'],
} as const satisfies Record<AccessConfig['withoutKey'], readonly [string, string]>

/** Who is let in, as one word: the same for gateways that go by the same rules. */
export function rulesOf({ withoutKey, tokens }: Pick<AccessConfig, 'withoutKey' | 'tokens'>): string {
  const [word] = ways[withoutKey]
  if (tokens === null) return word
  const digest = createHash('sha256')
    .update(JSON.stringify(Object.entries(tokens).toSorted()))
    .digest('hex')
  return `${word}+${digest.slice(0, 12)}`
}

/** Such a word in words for people. */
export function describeRules(rules: string): string {
  const [word, tokens] = rules.split('+')
  const [, words] = Object.values(ways).find(([one]) => one === word) ?? [
    '',
    'goes by rules of another version',
  ]
  return tokens === undefined ? words : `${words}, and for tokens of an identity provider (AUTH_…, ${tokens})`
}
