import { describe, expect, it } from 'vitest'
import type { Prediction, VendorClient } from '../../src/wavespeed/client.ts'
import { VendorError } from '../../src/wavespeed/error.ts'
import { toWire } from '../../src/wavespeed/input.ts'
import { createVendor } from '../../src/wavespeed/vendor.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { sampleInput } from '../support/job.ts'

const clock = createFakeClock()
const query = { model: 'm', input: sampleInput, from: clock.now() - 1_000, to: clock.now() + 1_000 }

/** A vendor whose list holds these predictions, newest first. */
function vendorWith(predictions: readonly Prediction[]) {
  const client: Pick<VendorClient, 'list'> = {
    list: async ({ page, page_size }) => predictions.slice((page - 1) * page_size, page * page_size),
  }
  return createVendor(client as VendorClient, clock)
}
const other = (index: number): Prediction => ({
  id: `other ${index}`,
  status: 'created',
  inputs: { seed: index },
})
const others = (count: number) => Array.from({ length: count }, (_, index) => other(index))

describe('the search for a lost submission', () => {
  it('finds it behind thousands of newer tasks', async () => {
    const own: Prediction = { id: 'own', status: 'created', inputs: toWire(sampleInput) }
    const outcome = await vendorWith([...others(4_321), own, ...others(10)]).find(query)
    expect(outcome).toMatchObject({ kind: 'answered', reports: [{ id: 'own' }] })
  })

  it('answers several of the same input oldest first, so that the first job adopts the first task', async () => {
    const inputs = toWire(sampleInput)
    const outcome = await vendorWith([
      { id: 'newer', status: 'created', inputs },
      { id: 'older', status: 'created', inputs },
    ]).find(query)
    expect(outcome).toMatchObject({ reports: [{ id: 'older' }, { id: 'newer' }] })
  })

  it('knows the input also where the vendor names it otherwise or adds its defaults', async () => {
    const input = { ...toWire(sampleInput), enable_safety_checker: true }
    expect(await vendorWith([{ id: 'own', status: 'created', input }]).find(query)).toMatchObject({
      reports: [{ id: 'own' }],
    })
  })

  it('never takes a task whose input is not told', async () => {
    const outcome = await vendorWith([{ id: 'x', status: 'created' }]).find(query)
    expect(outcome).toEqual({ kind: 'answered', reports: [] })
  })

  it('is unanswered, and not in vain, when the list fails', async () => {
    const client: Pick<VendorClient, 'list'> = {
      list: () => Promise.reject(new VendorError('status', 'HTTP 503', { status: 503 })),
    }
    expect(await createVendor(client as VendorClient, clock).find(query)).toMatchObject({
      kind: 'unanswered',
    })
  })
})
