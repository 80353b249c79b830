import { type Model, models } from '../src/generated/parameters.ts'

/** The length that is dearer than all others with the Wan 2.1 models (the vendor's formula, in its list of models). */
const dearSeconds = 10
const dearFactor = 1.5
const dearModels = /\/wan-2\.1\//

const offered: readonly Model[] = models

/** The price of a run in US dollars, undefined for an unknown model. */
export function priceOf(model: string, duration: number): number | undefined {
  const price = offered.find(({ id }) => id === model)?.price
  if (price === undefined) return undefined
  const isDear = duration === dearSeconds && dearModels.test(model)
  return toCents((price ?? 0) * (isDear ? dearFactor : 1))
}

/** Rounds to a hundredth of a cent, so that sums do not show binary fractions. */
export function toCents(amount: number): number {
  return Math.round(amount * 10_000) / 10_000
}
