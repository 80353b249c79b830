import { describe, expect, it } from 'vitest'
import type { VendorClient } from '../../src/wavespeed/client.ts'
import { VendorError } from '../../src/wavespeed/error.ts'
import { readPrediction } from '../../src/wavespeed/prediction.ts'
import { createRedactor } from '../../src/wavespeed/redact.ts'
import { createVendor } from '../../src/wavespeed/vendor.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { sampleInput } from '../support/job.ts'

const clock = createFakeClock()
const query = {
  model: 'm',
  input: sampleInput,
  from: clock.now() - 1_000,
  to: clock.now() + 1_000,
  token: null,
}

type Listed = Readonly<Record<string, unknown>>

function vendorOf(client: Partial<VendorClient>, aheadMs = 0) {
  return createVendor({
    client: client as VendorClient,
    clock,
    vendorTime: { aheadMs },
    redactor: createRedactor(),
  })
}

/** A vendor whose list holds these predictions, newest first. */
function vendorWith(listed: readonly Listed[]) {
  return vendorOf({
    async list({ page, page_size }) {
      const items = listed.slice((page - 1) * page_size, page * page_size)
      return { predictions: items.flatMap((item) => readPrediction(item) ?? []), size: items.length }
    },
  })
}
const other = (index: number): Listed => ({
  id: `other ${index}`,
  status: 'created',
  inputs: { seed: index },
})
const others = (count: number) => Array.from({ length: count }, (_, index) => other(index))

describe('whether the list shows a prediction', () => {
  const asked = { ...query, predictionId: 'own' }
  const own = { id: 'own', status: 'created' }

  it('is told by the whole list', async () => {
    expect(await vendorWith([...others(250), own]).isListed(asked)).toBe(true)
    expect(await vendorWith(others(250)).isListed(asked)).toBe(false)
    expect(await vendorWith([]).isListed(asked)).toBe(false)
  })

  it('stays open where the list is longer than what is read of it, or does not answer', async () => {
    expect(await vendorWith([...others(100_000), own]).isListed(asked)).toBeNull()
    const away = vendorOf({
      list: () => Promise.reject(new VendorError('status', 'HTTP 503', { status: 503 })),
    })
    expect(await away.isListed(asked)).toBeNull()
  })
})

describe('the search for a lost submission', () => {
  it('finds it behind thousands of newer tasks', async () => {
    const own: Listed = { id: 'own', status: 'created', inputs: sampleInput }
    const outcome = await vendorWith([...others(4_321), own, ...others(10)]).find(query)
    expect(outcome).toMatchObject({ kind: 'answered', reports: [{ id: 'own' }] })
  })

  it('answers several of the same input oldest first, so that the first job adopts the first task', async () => {
    const inputs = sampleInput
    const outcome = await vendorWith([
      { id: 'newer', status: 'created', inputs },
      { id: 'older', status: 'created', inputs },
    ]).find(query)
    expect(outcome).toMatchObject({ reports: [{ id: 'older' }, { id: 'newer' }] })
  })

  it('knows the input also where the vendor names it otherwise or adds its defaults', async () => {
    const input = { ...sampleInput, enable_safety_checker: true }
    expect(await vendorWith([{ id: 'own', status: 'created', input }]).find(query)).toMatchObject({
      reports: [{ id: 'own' }],
    })
  })

  it('never takes a task whose input is not told', async () => {
    const outcome = await vendorWith([{ id: 'x', status: 'created' }]).find(query)
    expect(outcome).toEqual({ kind: 'answered', reports: [] })
  })

  it('is unanswered, and not in vain, when the list fails', async () => {
    const vendor = vendorOf({
      list: () => Promise.reject(new VendorError('status', 'HTTP 503', { status: 503 })),
    })
    expect(await vendor.find(query)).toMatchObject({
      kind: 'unanswered',
    })
  })
})

describe('a search', () => {
  const minute = 60_000

  it('dates what it finds as our clock would have', async () => {
    const madeAt = '2026-01-01T00:00:10.000Z'
    const listed = ['own', 'undated'].map((id) => ({
      id,
      status: 'created',
      inputs: query.input,
      ...(id === 'own' && { created_at: madeAt }),
    }))
    const list = async () => ({ predictions: listed.flatMap((one) => readPrediction(one) ?? []), size: 2 })
    const found = await vendorOf({ list }, -82_000).find({ ...query, from: 0, to: Date.parse(madeAt) })
    const dates = found.kind === 'answered' ? found.reports.map(({ createdAt }) => createdAt) : []
    expect(dates.toSorted()).toEqual([Date.parse(madeAt) + 82_000, null])
  })

  it.each([
    ['is by our clock, though the vendor has a little another', 3 * minute, [0]],
    ["is by the vendor's, too, where it is far ahead", 3 * minute + 1, [0, 3 * minute + 1]],
    ["is by the vendor's, too, where it is far behind", -60 * minute, [0, -60 * minute]],
  ])('%s', async (_name, aheadMs, shifts) => {
    const asked: object[] = []
    const vendor = vendorOf(
      {
        async list({ created_after, created_before }) {
          asked.push({ created_after, created_before })
          return { predictions: [], size: 0 }
        },
      },
      aheadMs,
    )
    await vendor.find(query)
    const at = (ms: number) => new Date(ms).toISOString()
    const expected = shifts.map((ms) => ({
      created_after: at(query.from + ms),
      created_before: at(query.to + ms),
    }))
    expect(asked).toHaveLength(shifts.length)
    expect(asked).toEqual(expect.arrayContaining(expected))
  })

  it('tells once of a task that both times show, and is whole only if both were read', async () => {
    const listed = readPrediction({ id: 'own', status: 'created', input: sampleInput })
    const vendor = vendorOf(
      { list: async () => ({ predictions: listed ? [listed] : [], size: listed ? 1 : 0 }) },
      60 * minute,
    )
    expect(await vendor.find(query)).toMatchObject({ kind: 'answered', reports: [{ id: 'own' }] })
  })
})
