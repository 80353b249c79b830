import { isDeepStrictEqual } from 'node:util'
import { models } from '../generated/parameters.ts'
import type { Clock } from '../jobs/clock.ts'
import type { PredictionReport, Vendor } from '../jobs/vendor.ts'
import type { VendorClient } from './client.ts'
import { VendorError } from './error.ts'
import { createListing, type Found, type Wanted } from './listing.ts'
import { pollFailure, submitFailure } from './outcome.ts'
import type { Prediction } from './prediction.ts'
import type { Redactor } from './redact.ts'
import { reportOf } from './report.ts'
import type { VendorTime } from './vendor-time.ts'

/** By so much the window of a search is wider than a POST lasts. */
const bearableMs = 180_000 // 3 minutes

/** The vendor as the jobs need it: every exchange ends in an outcome, none in an exception, and no text quotes a secret. */
export function createVendor(options: {
  readonly client: VendorClient
  readonly clock: Pick<Clock, 'now'>
  readonly redactor: Redactor
  /** By which the vendor dates what it has made. */
  readonly vendorTime?: Pick<VendorTime, 'aheadMs'>
}): Vendor {
  const { client, clock, redactor, vendorTime = { aheadMs: 0 } } = options
  const report = (prediction: Prediction, token: string | null) => {
    const { input: _, ...read } = prediction
    return reportOf(redactor.value(read, token), clock.now())
  }

  /** Dated as if by our clock, to be compared with when POSTs left. */
  const byOurClock = (one: PredictionReport): PredictionReport => ({
    ...one,
    createdAt: one.createdAt === null ? null : one.createdAt - vendorTime.aheadMs,
  })

  const searchBetween = createListing(client)

  /**
   * Searches by our clock, which was right when the times were written, and where the vendor's is another now by that, too.
   */
  async function search(wanted: Wanted): Promise<Found> {
    const { aheadMs } = vendorTime
    const shifts = Math.abs(aheadMs) > bearableMs ? [0, aheadMs] : [0]
    const found = await Promise.all(
      shifts.map((ms) => searchBetween({ ...wanted, from: wanted.from + ms, to: wanted.to + ms })),
    )
    const predictions = new Map(found.flatMap((one) => one.predictions.map((each) => [each.id, each])))
    return { predictions: [...predictions.values()], all: found.every(({ all }) => all) }
  }

  return {
    async submit({ model: modelId, input, callbackToken }, callbackUrl, beforeSend) {
      const model = models.find(({ id }) => id === modelId)
      if (!model) {
        const message = `This version does not know the model ${modelId}.`
        return { kind: 'refused', error: { code: 'INPUT_REFUSED', message } }
      }
      try {
        const prediction = await client.submit(model.path, input, callbackUrl, beforeSend)
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
      const isIt = (prediction: Prediction) => same(prediction.input)
      try {
        const { predictions } = await search({ model, from, to, isIt, once: false })
        return {
          kind: 'answered',
          reports: predictions.toReversed().map((one) => byOurClock(report(one, token))),
        }
      } catch (error) {
        if (!(error instanceof VendorError)) throw error
        return { kind: 'unanswered', message: redactor.text(error.message, token) }
      }
    },

    async isListed({ predictionId, model, from, to }) {
      try {
        const isIt = ({ id }: Prediction) => id === predictionId
        const { predictions, all } = await search({ model, from, to, isIt, once: true })
        if (predictions.length > 0) return true
        // It may be in the part that is not read any more.
        return all ? false : null
      } catch (error) {
        if (!(error instanceof VendorError)) throw error
        return null
      }
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
