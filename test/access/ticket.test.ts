import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AccessKeyError } from '../../src/access/error.ts'
import { hashOf } from '../../src/access/key.ts'
import type { Ticket } from '../../src/access/store.ts'
import { createTicket, isTicket, viewerOfTicket } from '../../src/access/ticket.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createRandom } from '../support/random.ts'
import { always } from '../support/seed.ts'
import { tokenUntil } from './support.ts'

const clock = createFakeClock()
const maker = tokenUntil(clock.now() + 300_000)
async function make(viewer = maker, jobIds: readonly string[] | null = null, random = createRandom(7).bytes) {
  const kept: Ticket[] = []
  const store = { addTicket: async (ticket: Ticket) => void kept.push(ticket) }
  return { ...(await createTicket({ store, clock, random }, viewer, jobIds)), kept }
}

describe('a ticket', () => {
  it('is 256 random bits, of which only the hash is kept', async () => {
    const { ticket, expiresAt, kept } = await make(maker, ['job_1'])
    expect(ticket).toMatch(/^wst_[0-9a-f]{64}$/)
    expect(expiresAt).toBe(clock.now() + 60_000)
    expect(kept).toEqual([
      {
        hash: hashOf(ticket),
        tenant: 'acme',
        kind: 'token',
        viewerId: 'ann',
        name: 'ann',
        jobIds: ['job_1'],
        expiresAt: clock.now() + 60_000,
        endsAt: maker.expiresAt,
      },
    ])
    expect(JSON.stringify(kept)).not.toContain(ticket.slice(4))
  })

  it('tells all of its random bits, and is a ticket whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 32 }), async (secret) => {
        const { ticket } = await make(maker, null, (bytes) => {
          bytes.set(secret)
          return bytes
        })
        expect([ticket, isTicket(ticket)]).toEqual([`wst_${Buffer.from(secret).toString('hex')}`, true])
      }),
      { numRuns: 20, seed: 7 },
    )
  })

  it('is not told unless it is kept', async () => {
    const store = {
      addTicket: async () => {
        throw new Error('the disk is full')
      },
    }
    const random = createRandom(7).bytes
    await expect(createTicket({ store, clock, random }, maker, null)).rejects.toThrow('the disk is full')
  })

  it('is another one each time', async () => {
    const random = createRandom(7).bytes
    expect((await make(maker, null, random)).ticket).not.toBe((await make(maker, null, random)).ticket)
  })

  it('needs the right to read jobs: it gives nobody more than its maker has', async () => {
    for (const scopes of [[], ['admin'], ['jobs:write']] as const)
      await expect(make({ ...maker, scopes: new Set(scopes) })).rejects.toThrow(AccessKeyError)
  })

  it('cannot be made by who came with one', async () => {
    const { kept } = await make()
    const [ticket] = kept
    await expect(make(ticket && viewerOfTicket(ticket))).rejects.toThrow(AccessKeyError)
  })

  it('is its maker, who may follow these jobs and do nothing else', async () => {
    for (const jobIds of [null, ['job_1', 'job_2'], []]) {
      const { kept } = await make(maker, jobIds)
      const [ticket] = kept
      expect(ticket && viewerOfTicket(ticket)).toEqual({ ...maker, scopes: new Set(), follows: jobIds })
    }
  })

  it('is nothing of another form', () => {
    const digits = '0'.repeat(64)
    always(
      fc.property(fc.string(), (text) => {
        fc.pre(!/^wst_[0-9a-f]{64}$/.test(text))
        expect(isTicket(text)).toBe(false)
      }),
    )
    const others = [
      digits,
      `wst_${digits}0`,
      `wst_${digits.slice(1)}`,
      `WST_${digits}`,
      `wst_${'A'.repeat(64)}`,
    ]
    for (const text of [...others, `wst_${digits}\n`, ` wst_${digits}`])
      expect(isTicket(text), text).toBe(false)
  })
})
