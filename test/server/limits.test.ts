import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { gatewayVariables } from '../../src/config/variables.ts'
import { mostFaults } from '../../src/server/document-limits.ts'
import { defaultLimits } from '../../src/server/limits.ts'

const page = readFileSync(new URL('../../docs/hostile-clients.md', import.meta.url), 'utf8')

/** The numbers in the cell for a bound, as the page says them; units are left out. */
function bounds(what: string): number[] {
  const row = page.split('\n').find((line) => line.startsWith(`| ${what}`))
  if (row === undefined) throw new Error(`docs/hostile-clients.md says nothing of ${what}`)
  return [...(row.split('|')[2] ?? '').matchAll(/\d[\d,]*/g)].map(([text]) =>
    Number(text.replaceAll(',', '')),
  )
}

it('the limits of a client are those that the documents name', () => {
  const { waitingBytes, stallMs, outputStallMs, operations, subscriptions, pipelined, answerCharacters } =
    defaultLimits
  expect(bounds('one answer')[0]).toBe(answerCharacters)
  expect(bounds('requests sent ahead')).toEqual([pipelined])
  expect(bounds('operations on a WebSocket')).toEqual([operations, subscriptions])
  expect(bounds('bytes that wait')).toEqual([waitingBytes / 1_000_000])
  expect(bounds('a write without progress')).toEqual([stallMs / 1_000, outputStallMs / 60_000])
  const { connections } = defaultLimits
  expect(bounds('all connections together')).toEqual([connections])
  expect(gatewayVariables.CONNECTIONS).toBe(String(connections))
  const { connectionsPerAddress, handshakesPerMinute, wrongKeysPerMinute } = defaultLimits
  expect(bounds('connections of one address')).toEqual([connectionsPerAddress])
  expect(handshakesPerMinute).toBe(connectionsPerAddress)
  expect(gatewayVariables.CONNECTIONS_PER_ADDRESS).toBe(String(connectionsPerAddress))
  expect(bounds('wrong keys that it tries')[0]).toBe(wrongKeysPerMinute)
  const { headersMs, requestMs, keepAliveMs, initMs } = defaultLimits
  expect(bounds('a slow sender')).toEqual([headersMs / 1_000, requestMs / 1_000, 408, keepAliveMs / 1_000])
  expect(bounds('a WebSocket that does not begin')[0]).toBe(initMs / 1_000)
  expect(bounds('document |').at(-1)).toBe(mostFaults)
})
