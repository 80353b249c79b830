import { describe, expect, it } from 'vitest'
import { UnauthenticatedError } from '../../src/access/error.ts'
import { createTicket } from '../../src/access/ticket.ts'
import type { Viewer } from '../../src/access/viewer.ts'
import { HistoryUnavailableError } from '../../src/jobs/history-error.ts'
import { tenant } from '../support/keys.ts'
import { createRandom } from '../support/random.ts'
import { minute, second, tokenUntil, useAccess } from './support.ts'

const used = useAccess()
const random = createRandom(7).bytes
const refused = expect.any(UnauthenticatedError)

describe('who shows a ticket', () => {
  const ticketOf = async (viewer: Viewer, jobIds: readonly string[] | null = null) =>
    (await createTicket({ store: used.store, clock: used.clock, random }, viewer, jobIds)).ticket

  it('may follow these jobs in the name of its maker, and nothing else', async () => {
    const { key, secret } = await used.make({ lifeMs: 60 * minute })
    const viewer = await used.access.identify(secret)
    expect(await used.access.identify(await ticketOf(viewer, ['job_1']))).toEqual({
      tenant: tenant('acme'),
      kind: 'key',
      id: key.id,
      name: 'a key',
      scopes: new Set(),
      expiresAt: viewer.expiresAt,
      follows: ['job_1'],
    })
    expect(await used.access.identify(await ticketOf(viewer))).toMatchObject({ follows: null })
  })

  it('shows it once', async () => {
    const { secret } = await used.make()
    const ticket = await ticketOf(await used.access.identify(secret))
    await used.access.identify(ticket)
    expect(await used.answerTo(ticket)).toEqual(refused)
  })

  it('is the only one of many who show it at once', async () => {
    const { secret } = await used.make()
    const ticket = await ticketOf(await used.access.identify(secret))
    const answers = await Promise.all(Array.from({ length: 20 }, () => used.answerTo(ticket)))
    expect(answers.filter((answer) => !(answer instanceof UnauthenticatedError))).toHaveLength(1)
  })

  it('shows it within a minute', async () => {
    const { secret } = await used.make()
    const viewer = await used.access.identify(secret)
    const [early, late] = [await ticketOf(viewer), await ticketOf(viewer)]
    await used.clock.advance(minute - 1)
    expect(await used.access.identify(early)).toMatchObject({ kind: 'key' })
    await used.clock.advance(1)
    expect(await used.answerTo(late)).toEqual(refused)
  })

  it('is nobody if its key was revoked or has expired, at once', async () => {
    const [lasting, ending] = [await used.make(), await used.make({ lifeMs: minute })]
    await used.clock.advance(30 * second)
    const revoked = await ticketOf(await used.access.identify(lasting.secret))
    const expired = await ticketOf(await used.access.identify(ending.secret))
    await used.revoke(lasting.key.id)
    expect(await used.answerTo(revoked)).toEqual(refused)
    await used.clock.advance(30 * second)
    expect(await used.answerTo(expired)).toEqual(refused)
  })

  it('is who signed in, for as long as the token lasts', async () => {
    const [lasting, ending] = [
      await ticketOf(tokenUntil(used.clock.now())),
      await ticketOf(tokenUntil(used.clock.now())),
    ]
    await used.clock.advance(59 * second)
    expect(await used.access.identify(lasting)).toMatchObject({ kind: 'token', id: 'ann' })
    expect(await used.answerTo(ending)).toMatchObject({ kind: 'token' })
    const over = await ticketOf(tokenUntil(used.clock.now() - 59 * second))
    await used.clock.advance(second)
    expect(await used.answerTo(over)).toEqual(refused)
  })

  it('is nobody if its maker needed no key, and one is needed by now', async () => {
    const local = used.open({ withoutKey: 'unless-keys-exist' })
    const viewer = await local.identify(null)
    const [early, late] = [await ticketOf(viewer), await ticketOf(viewer)]
    expect(await local.identify(early)).toMatchObject({ kind: 'local', scopes: new Set(), follows: null })
    await used.make()
    await used.clock.advance(10 * second)
    expect(await used.answerTo(late, local)).toEqual(refused)
  })

  it('is not let in because the store is away', async () => {
    const { secret } = await used.make()
    const ticket = await ticketOf(await used.access.identify(secret))
    used.away(true)
    expect(await used.answerTo(ticket)).toEqual(expect.any(HistoryUnavailableError))
  })
})
