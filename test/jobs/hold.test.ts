import { describe, expect, it } from 'vitest'
import { gateOf, placeOf, placesOf } from '../../src/jobs/hold.ts'
import { holdOf } from '../support/holds.ts'

const open = { closedUntil: null, without: [], nextAt: null, inTurn: false }

describe('what holds leave to a claim', () => {
  it('is everything where there is none', () => {
    expect(gateOf([], 9)).toEqual(open)
  })

  it('is nothing while all pause, until the last of them ends', () => {
    const holds = [holdOf('account', { until: 10 }), holdOf('rate', { until: 20 })]
    expect(gateOf(holds, 9)).toMatchObject({ closedUntil: 20 })
    expect(gateOf(holds, 10)).toMatchObject({ closedUntil: 20 })
    expect(gateOf(holds, 20)).toEqual({ ...open, inTurn: true })
  })

  it('is nothing while one job finds out, for as long as that may take', () => {
    const hold = holdOf('rate', { until: 10, triedBy: 'a', triedUntil: 30 })
    expect(gateOf([hold], 9)).toEqual({ ...open, closedUntil: 10 })
    expect(gateOf([hold], 29)).toEqual({ ...open, closedUntil: 30 })
    expect(gateOf([hold], 30)).toEqual(open)
  })

  it('is other models where some pause, until the first of these ends', () => {
    const holds = [
      holdOf('model', { place: 'm1', until: 20 }),
      holdOf('model', { place: 'm2', until: 5, triedBy: 'a', triedUntil: 15 }),
      holdOf('model', { place: 'm3', until: 5 }),
    ]
    expect(gateOf(holds, 9)).toEqual({ ...open, without: ['m1', 'm2'], nextAt: 15, inTurn: true })
  })
})

describe('a place', () => {
  it('is that of the model alone only where the model was refused', () => {
    expect(
      (['key', 'account', 'address', 'rate', 'model'] as const).map((scope) => placeOf(scope, 'm')),
    ).toEqual(['', '', '', 'rate', 'm'])
    expect(placesOf('m')).toEqual(['rate', '', 'm'])
  })
})
