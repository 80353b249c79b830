/** What one connection may take. */
import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { OperationTypeNode } from 'graphql'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../src/server/limits.ts'
import { createQuota, tooManyOperations } from '../../src/server/quota.ts'
import { createTokens } from '../../src/server/stream-tokens.ts'
import { createTurns } from '../../src/server/turns.ts'
import { createFakeClock } from '../support/fake-clock.ts'

describe('the operations of a connection', () => {
  it('have places, subscriptions others than the rest, which are given back', () => {
    const quota = createQuota({ ...defaultLimits, operations: 2, subscriptions: 1 })
    const [first, second] = [quota.take(OperationTypeNode.QUERY), quota.take(OperationTypeNode.MUTATION)]
    expect([first, second].map((place) => place !== null)).toEqual([true, true])
    expect(quota.take(OperationTypeNode.QUERY)).toBeNull()
    const stream = quota.take(OperationTypeNode.SUBSCRIPTION)
    expect(stream).not.toBeNull()
    expect(quota.take(OperationTypeNode.SUBSCRIPTION)).toBeNull()
    first?.()
    expect(quota.take(OperationTypeNode.QUERY)).not.toBeNull()
    expect(quota.take(OperationTypeNode.QUERY)).toBeNull()
    stream?.()
    expect(quota.take(OperationTypeNode.SUBSCRIPTION)).not.toBeNull()
    second?.()
  })

  it('are refused beyond them with a code', () => {
    expect(tooManyOperations().extensions).toEqual({ code: 'TOO_MANY_OPERATIONS' })
  })
})

describe('the tokens of streams', () => {
  function start(maxReserved?: number) {
    const clock = createFakeClock()
    const dropped: string[] = []
    const tokens = createTokens<string>({
      clock,
      drop: (token) => void dropped.push(token),
      ...(maxReserved && { maxReserved }),
    })
    return { clock, dropped, tokens }
  }

  it('lead to their streams, reserved or connected, until they are forgotten', () => {
    const { dropped, tokens } = start()
    tokens.reserve('a', 'stream a', 'acme')
    expect(tokens.find('a')).toBe('stream a')
    tokens.connect('a')
    expect(tokens.find('a')).toBe('stream a')
    tokens.forget('a')
    expect(tokens.find('a')).toBeUndefined()
    expect(dropped).toEqual([])
  })

  it('are given up after a minute in which nobody has connected', async () => {
    const { clock, dropped, tokens } = start()
    tokens.reserve('a', 'stream a', 'acme')
    tokens.reserve('b', 'stream b', 'acme')
    tokens.connect('b')
    await clock.advance(59_999)
    expect(dropped).toEqual([])
    await clock.advance(1)
    expect(dropped).toEqual(['a'])
    expect([tokens.find('a'), tokens.find('b')]).toEqual([undefined, 'stream b'])
    expect(clock.pending).toBe(0)
  })

  it('are given up once, and not where somebody has connected', () => {
    const { dropped, tokens } = start()
    tokens.reserve('a', 'stream a', 'acme')
    tokens.giveUp('a')
    tokens.giveUp('a')
    tokens.reserve('b', 'stream b', 'acme')
    tokens.connect('b')
    tokens.giveUp('b')
    expect(dropped).toEqual(['a'])
    expect(tokens.find('b')).toBe('stream b')
  })

  it('wait for nobody where they were forgotten, and at the end', () => {
    const { clock, tokens } = start()
    tokens.reserve('a', 'stream a', 'acme')
    tokens.forget('a')
    expect(clock.pending).toBe(0)
    tokens.reserve('b', 'stream b', 'acme')
    tokens.reserve('c', 'stream c', 'acme')
    tokens.close()
    expect(clock.pending).toBe(0)
  })

  it('are so many that wait: the oldest gives way to one more', () => {
    const { dropped, tokens } = start(2)
    for (const token of ['a', 'b', 'c', 'd']) tokens.reserve(token, token, 'acme')
    expect(dropped).toEqual(['a', 'b'])
    tokens.connect('c')
    tokens.reserve('e', 'e', 'acme')
    expect(dropped).toEqual(['a', 'b'])
  })

  it('give way to another tenant where most of them are of one', () => {
    const { dropped, tokens } = start(4)
    tokens.reserve('own', 'own', 'quiet')
    for (const token of ['a', 'b', 'c', 'd', 'e']) tokens.reserve(token, token, 'greedy')
    expect(dropped).toEqual(['a', 'b'])
    tokens.reserve('second', 'second', 'quiet')
    expect(dropped).toEqual(['a', 'b', 'c'])
    expect([tokens.find('own'), tokens.find('second')]).toEqual(['own', 'second'])
  })

  it('are a thousand that wait, if nothing else is said', () => {
    const { dropped, tokens } = start()
    for (let index = 0; index < 1_001; index += 1) tokens.reserve(String(index), '', 'acme')
    expect(dropped).toEqual(['0'])
  })
})

describe('the requests of a connection', () => {
  function start(most = 2) {
    const flooded: unknown[] = []
    const turns = createTurns({ most, onFlood: (socket) => void flooded.push(socket) })
    const ran: string[] = []
    const gone = { destroyed: false }
    const socket = gone as Socket
    const take = (name: string, of = socket) => {
      const response = new EventEmitter()
      turns.take({ socket: of } as IncomingMessage, response as ServerResponse, () => void ran.push(name))
      return () => void response.emit('close')
    }
    return { flooded, gone, ran, socket, take, turns }
  }

  it('run one after the other, each when the answer to the one before has left', () => {
    const { ran, take } = start()
    const [first, second] = [take('a'), take('b')]
    take('c')
    expect(ran).toEqual(['a'])
    first?.()
    expect(ran).toEqual(['a', 'b'])
    second?.()
    expect(ran).toEqual(['a', 'b', 'c'])
  })

  it('do not wait for those of another connection, or for one whose answer has left', () => {
    const { ran, take } = start()
    const end = take('a')
    take('b', { destroyed: false } as Socket)
    end()
    take('c')
    expect(ran).toEqual(['a', 'b', 'c'])
  })

  it('are so many that wait, beyond which the connection is a flood and nothing more of it runs', () => {
    const { flooded, ran, socket, take } = start(2)
    const ends = ['a', 'b', 'c', 'd'].map((name) => take(name))
    expect(flooded).toEqual([socket])
    for (const end of ends.slice(0, 3)) end()
    expect(ran).toEqual(['a', 'b', 'c'])
  })

  it('run no more once it is gone', () => {
    const { gone, ran, take } = start()
    const end = take('a')
    take('b')
    gone.destroyed = true
    end()
    expect(ran).toEqual(['a'])
  })

  it('give way to an upgrade when those before it are answered', () => {
    const { flooded, ran, socket, take, turns } = start(1)
    turns.takeOver(socket, () => void ran.push('at once'))
    const end = take('a')
    turns.takeOver(socket, () => void ran.push('later'))
    turns.takeOver(socket, () => void ran.push('never'))
    expect([ran, flooded]).toEqual([['at once', 'a'], [socket]])
    end()
    take('c')
    expect(ran).toEqual(['at once', 'a', 'later', 'c'])
  })
})
