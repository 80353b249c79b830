import { describe, expect, it } from 'vitest'
import { credentialOf, credentialOfParameters, ticketOf } from '../../src/server/credential.ts'

const ticket = `wst_${'0'.repeat(64)}`
const key = `wsg_test_${'0'.repeat(49)}`
/** What is nobody's. */
const nobody = ''
const shown = (...authorization: readonly string[]) =>
  credentialOf({ headersDistinct: authorization.length > 0 ? { authorization: [...authorization] } : {} })

describe('the key of a request', () => {
  it('is what follows Bearer, in whatever case', () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'bEaReR'])
      expect(shown(`${scheme} ${key}`), scheme).toBe(key)
  })

  it('may have blanks around it, as HTTP allows', () => {
    expect([shown(`Bearer   ${key}`), shown(`Bearer ${key}  `)]).toEqual([key, key])
  })

  it('is none where there is no header', () => {
    expect(shown()).toBeNull()
  })

  it.each([
    ['nothing', ''],
    ['the word alone', 'Bearer'],
    ['the word and a blank', 'Bearer '],
    ['another scheme', `Basic ${key}`],
    ['no scheme', key],
    ['a tab', `Bearer\t${key}`],
    ['two keys', `Bearer ${key} ${key}`],
    ['two keys in one', `Bearer ${key}, Bearer ${key}`],
    ['a word that begins like it', `BearerX ${key}`],
    ['a line break', `Bearer ${key}\n`],
    ['letters beyond ASCII', 'Bearer ключ'],
    ['a NUL', 'Bearer a\u0000b'],
  ])("is nobody's with %s: it does not count as none", (_, header) => {
    expect(shown(header)).toBe(nobody)
  })

  it("is nobody's if there are two, also if they are the same", () => {
    expect(shown(`Bearer ${key}`, `Bearer ${key}`)).toBe(nobody)
    expect(shown(`Bearer ${key}`, '')).toBe(nobody)
  })

  it("is nobody's if it is longer than any, which takes no time", () => {
    const longest = 'a'.repeat(8_000 - 'Bearer '.length)
    expect([shown(`Bearer ${longest}`), shown(`Bearer ${longest}a`)]).toEqual([longest, nobody])
    const began = process.cpuUsage()
    for (const header of [`Bearer${' '.repeat(100_000)}`, `Bearer a${' '.repeat(100_000)}b`])
      expect(shown(header)).toBe(nobody)
    expect(process.cpuUsage(began).user).toBeLessThan(1_000_000)
  })
})

describe('the ticket of a request', () => {
  const of = (url: string, accept = 'text/event-stream') =>
    ticketOf({ url, headers: { accept } } as unknown as Parameters<typeof ticketOf>[0])

  it('is in the address of an event stream', () => {
    expect(of(`/graphql?ticket=${ticket}`)).toBe(ticket)
    expect(of(`/graphql?query=a&ticket=${ticket}&b`)).toBe(ticket)
  })

  it('is none elsewhere: it opens streams and nothing else', () => {
    for (const accept of ['application/json', '*/*', 'text/html', 'application/json, text/event-stream'])
      expect(of(`/graphql?ticket=${ticket}`, accept), accept).toBeNull()
    expect(ticketOf({ url: `/graphql?ticket=${ticket}`, headers: {} } as never)).toBeNull()
    expect([of('/graphql'), of('/graphql?query=a'), of(`/graphql?myticket=${ticket}`)]).toEqual([
      null,
      null,
      null,
    ])
  })

  it("is nobody's in any other form, above all a key", () => {
    for (const other of [key, '', 'a', ticket.slice(1), `${ticket}0`])
      expect(of(`/graphql?ticket=${other}`), other).toBe(nobody)
  })
})

describe('what the parameters of a WebSocket show', () => {
  it('is a key or a ticket, under its name in whatever case', () => {
    expect(credentialOfParameters({ authorization: `Bearer ${key}` })).toBe(key)
    expect(credentialOfParameters({ Authorization: `bearer ${key}`, other: 7 })).toBe(key)
    expect(credentialOfParameters({ ticket })).toBe(ticket)
    expect(credentialOfParameters({ Ticket: ticket })).toBe(ticket)
  })

  it.each([[undefined], [null], [{}], ['text'], [7], [{ token: key }], [{ key }], [{ authorization: null }]])(
    'is none in %j',
    (parameters) => {
      expect(credentialOfParameters(parameters)).toBeNull()
    },
  )

  it.each([
    [{ authorization: key }],
    [{ authorization: { key } }],
    [{ authorization: [`Bearer ${key}`] }],
    [{ authorization: 7 }],
    [{ authorization: '' }],
    [{ authorization: `Bearer ${'a'.repeat(8_000)}` }],
    [{ ticket: key }],
    [{ ticket: 7 }],
    [{ ticket: '' }],
    [{ ticket: [ticket] }],
    [{ authorization: `Bearer ${key}`, ticket }],
    [{ authorization: `Bearer ${key}`, Authorization: `Bearer ${key}` }],
  ])("is nobody's in %j", (parameters) => {
    expect(credentialOfParameters(parameters)).toBe(nobody)
  })
})
