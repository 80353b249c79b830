import { type Fault, parseFault } from './faults.ts'

/** What a prompt asks of the sandbox. */
export interface Directives {
  /** Faults of this submit. */
  submit: Fault[]
  /** Faults of later requests for its prediction: those that name an `on` other than submit. */
  later: Fault[]
  /** Length of the task, when given. */
  seconds?: number
}

/** The member that a value right behind the kind stands for, as in `[sandbox:fail=1402]`. */
const mainMember: { readonly [kind: string]: string } = {
  'rate-limited': 'retryAfter',
  'server-error': 'status',
  slow: 'ms',
  'not-json': 'status',
  'envelope-error': 'code',
  'unknown-status': 'status',
  fail: 'code',
  'vendor-status': 'status',
  'webhook-late': 'bySeconds',
}

/**
 * Reads directives such as `[sandbox:seconds=2]`, `[sandbox:cut-after]` or `[sandbox:server-error=503,on=result,times=2]`
 * from a prompt. Throws on one it does not understand, since a typo that passed in silence would look like a success.
 */
export function readDirectives(prompt: string): Directives {
  const found: Directives = { submit: [], later: [] }
  for (const [, text = ''] of prompt.matchAll(/\[sandbox:([^\]]*)\]/g)) {
    const [first = '', ...rest] = text.split(',').map((part) => part.trim())
    const [kind = '', value] = first.split('=')
    if (kind === 'seconds') {
      const seconds = Number(value || Number.NaN)
      if (!(seconds >= 0)) throw new Error(`[sandbox:${text}]: seconds must be a number such as 2`)
      found.seconds = seconds
      continue
    }
    const fault = readFault(text, kind, value, rest)
    if (fault.on === undefined || fault.on === 'submit') found.submit.push(fault)
    else found.later.push(fault)
  }
  return found
}

function readFault(text: string, kind: string, value: string | undefined, rest: readonly string[]): Fault {
  const members: { [name: string]: unknown } = { kind }
  if (value !== undefined) members[mainMember[kind] ?? 'value'] = readValue(value)
  for (const part of rest) {
    const [name = '', given] = part.split('=')
    members[name] = given === undefined ? true : readValue(given)
  }
  try {
    return parseFault(members)
  } catch (error) {
    throw new Error(`[sandbox:${text}]: ${error instanceof Error ? error.message : error}`)
  }
}

function readValue(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text
}
