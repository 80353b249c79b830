/** US dollars of a 5 s run. */
const runs: { readonly [model: string]: number } = {
  'wavespeed-ai/wan-2.1/v2v-480p-lora': 0.2,
  'wavespeed-ai/wan-2.1/v2v-480p-lora-ultra-fast': 0.125,
  'wavespeed-ai/wan-2.1/v2v-720p-lora': 0.3,
  // Assumed: not published; the discount of the 480p pair applied to the 720p price.
  'wavespeed-ai/wan-2.1/v2v-720p-lora-ultra-fast': 0.1875,
}

/**
 * The price of a run, undefined for an unknown model. Published for 5 s; that 10 s cost 1.5 times as much is assumed from
 * the sibling models, and so is the straight line between the two.
 */
export function priceOf(model: string, duration: number): number | undefined {
  const run = runs[model]
  return run === undefined ? undefined : toCents(run * (1 + ((duration - 5) / 5) * 0.5))
}

/** Rounds to a hundredth of a cent, so that sums do not show binary fractions. */
export function toCents(amount: number): number {
  return Math.round(amount * 10_000) / 10_000
}
