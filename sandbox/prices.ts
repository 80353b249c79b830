import { models } from '../src/generated/parameters.ts'

/** The length that is dearer than all others (the vendor's formula, in its list of models). */
const dearSeconds = 10
const dearFactor = 1.5

/** The price of a run in US dollars, undefined for an unknown model. */
export function priceOf(model: string, duration: number): number | undefined {
  const price = models.find(({ id }) => id === model)?.price
  return price === undefined ? undefined : toCents(duration === dearSeconds ? price * dearFactor : price)
}

/** Rounds to a hundredth of a cent, so that sums do not show binary fractions. */
export function toCents(amount: number): number {
  return Math.round(amount * 10_000) / 10_000
}
