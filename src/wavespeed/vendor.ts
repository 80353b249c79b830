import { isDeepStrictEqual } from 'node:util'
import { models } from '../generated/parameters.ts'
import type { Clock } from '../jobs/clock.ts'
import type { Vendor } from '../jobs/vendor.ts'
import type { VendorClient } from './client.ts'
import { VendorError } from './error.ts'
import type { VendorHealth } from './health.ts'
import { pollFailure, submitFailure } from './outcome.ts'
import type { Prediction } from './prediction.ts'
import type { Redactor } from './redact.ts'
import { reportOf } from './report.ts'

/** Pages of the vendor's list that a search reads at the most: 10,000 tasks within minutes of the submission. */
const mostPages = 100
const pageSize = 100

/** The vendor as the jobs need it: every exchange ends in an outcome, none in an exception, and no text quotes a secret. */
export function createVendor(options: {
  readonly client: VendorClient
  readonly clock: Pick<Clock, 'now'>
  readonly redactor: Redactor
  readonly health: Pick<VendorHealth, 'probed'>
}): Vendor {
  const { client, clock, redactor, health } = options
  const report = (prediction: Prediction, token: string | null) => {
    const { input: _, ...read } = prediction
    return reportOf(redactor.value(read, token), clock.now())
  }

  /** The entries of the vendor's list that were made in this time, newest first; `seen` tells whether these are all. */
  async function* listed(
    model: string,
    from: number,
    to: number,
    seen = { all: false },
  ): AsyncGenerator<Prediction> {
    for (let page = 1; page <= mostPages; page += 1) {
      const { predictions, size } = await client.list({
        page,
        page_size: pageSize,
        model,
        created_after: new Date(from).toISOString(),
        created_before: new Date(to).toISOString(),
        include_inputs: true,
      })
      yield* predictions
      seen.all = size < pageSize
      if (seen.all) return
    }
  }

  /** The question that is under way: one answer serves all who ask. */
  let probing: Promise<boolean> | null = null

  async function probe(): Promise<boolean> {
    try {
      await client.balance()
      health.probed(null)
      return true
    } catch (error) {
      if (!(error instanceof VendorError)) throw error
      // A balance that this key may not see, or in another form, is the vendor's answer all the same.
      const answers = error.isVendors && (error.fault === 'shape' || error.status === 403)
      health.probed(answers ? null : error)
      return answers
    }
  }

  return {
    async submit({ model: modelId, input, callbackToken }, callbackUrl) {
      const model = models.find(({ id }) => id === modelId)
      if (!model) {
        const message = `This version does not know the model ${modelId}.`
        return { kind: 'refused', error: { code: 'INPUT_REFUSED', message } }
      }
      try {
        const prediction = await client.submit(model.path, input, callbackUrl)
        return { kind: 'accepted', report: report(prediction, callbackToken) }
      } catch (error) {
        return redactor.value(submitFailure(error), callbackToken)
      }
    },

    async poll(predictionId, token) {
      try {
        const prediction = await client.result(predictionId)
        if (prediction.id !== predictionId) {
          return { kind: 'unusable', message: 'The vendor answered another prediction.' }
        }
        return { kind: 'report', report: report(prediction, token) }
      } catch (error) {
        if (!(error instanceof VendorError)) throw error
        return redactor.value(pollFailure(error), token)
      }
    },

    async find({ model, input, from, to, token }) {
      // The seed was drawn here, so even equal inputs differ; what the vendor adds to them does not matter.
      const same = (echoed: Prediction['input']) =>
        echoed !== null &&
        Object.entries(input).every(([name, value]) => isDeepStrictEqual(echoed[name], value))
      const found: Prediction[] = []
      try {
        for await (const prediction of listed(model, from, to)) {
          if (same(prediction.input)) found.push(prediction)
        }
        return { kind: 'answered', reports: found.reverse().map((one) => report(one, token)) }
      } catch (error) {
        if (!(error instanceof VendorError)) throw error
        return { kind: 'unanswered', message: redactor.text(error.message, token) }
      }
    },

    async isListed({ predictionId, model, from, to }) {
      try {
        const seen = { all: false }
        for await (const { id } of listed(model, from, to, seen)) if (id === predictionId) return true
        // It may be on a page that is not read any more.
        return seen.all ? false : null
      } catch (error) {
        if (!(error instanceof VendorError)) throw error
        return null
      }
    },

    probe() {
      probing ??= probe().finally(() => {
        probing = null
      })
      return probing
    },

    async remove(predictionId, token) {
      try {
        await client.remove([predictionId])
        return { ok: true }
      } catch (error) {
        if (!(error instanceof VendorError)) throw error
        return { ok: false, message: redactor.text(error.message, token) }
      }
    },
  }
}
