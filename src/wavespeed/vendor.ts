import { isDeepStrictEqual } from 'node:util'
import { models } from '../generated/parameters.ts'
import type { Clock, SubmitOutcome, Vendor } from '../jobs/ports.ts'
import { type Prediction, sandboxHeader, type VendorClient } from './client.ts'
import { VendorError } from './error.ts'
import { toWire } from './input.ts'
import { submitFailure } from './outcome.ts'
import { reportOf } from './report.ts'

/** What was last seen of the vendor. */
export interface VendorHealth {
  readonly state: 'unknown' | 'ok' | 'unauthorized' | 'unreachable'
  readonly detail: string
  /** Whether the other side says that it is the sandbox. */
  readonly sandbox: boolean
}

/**
 * Keeps the last word on the vendor, for /ready and for saying that this is only the sandbox.
 *
 * @param onSandbox called once, with the first answer that says so
 */
export function createHealth(onSandbox: () => void): {
  readonly current: VendorHealth
  see(answer: Response | VendorError): void
} {
  let current: VendorHealth = { state: 'unknown', detail: 'not asked yet', sandbox: false }
  let told = false
  return {
    get current() {
      return current
    },
    see(answer) {
      if (answer instanceof VendorError) {
        current = { ...current, state: 'unreachable', detail: answer.message }
        return
      }
      const sandbox = answer.headers.has(sandboxHeader)
      if (sandbox && !told) onSandbox()
      told ||= sandbox
      const unauthorized = answer.status === 401
      const detail = unauthorized ? 'the vendor refuses the key (HTTP 401)' : `HTTP ${answer.status}`
      current = { state: unauthorized ? 'unauthorized' : 'ok', detail, sandbox }
    },
  }
}

/** The longest `Retry-After` that a look keeps. */
const longestLookPauseMs = 60_000 // 1 minute

/** Pages of the vendor's list that a search reads at the most: 10,000 tasks within minutes of the submission. */
const mostPages = 100
const pageSize = 100

/** The vendor as the jobs need it: every exchange ends in an outcome, none in an exception. */
export function createVendor(client: VendorClient, clock: Pick<Clock, 'now'>): Vendor {
  const report = (prediction: Prediction) => reportOf(prediction, clock.now())

  return {
    async submit(modelId, input, callbackUrl) {
      const model = models.find(({ id }) => id === modelId)
      if (!model) {
        const message = `This version does not know the model ${modelId}.`
        return { kind: 'refused', error: { code: 'INPUT_REFUSED', message } }
      }
      try {
        return {
          kind: 'accepted',
          report: report(await client.submit(model.path, toWire(input), callbackUrl)),
        }
      } catch (error) {
        return withoutAddress(submitFailure(error), callbackUrl)
      }
    },

    async look(predictionId) {
      try {
        const prediction = await client.result(predictionId)
        if (prediction.id !== predictionId) {
          return { kind: 'unusable', message: 'The vendor answered another prediction.' }
        }
        return { kind: 'report', report: report(prediction) }
      } catch (error) {
        if (!(error instanceof VendorError)) throw error
        const { message, status } = error
        if (status === 404) return { kind: 'gone', message }
        if (isUnusable(error)) return { kind: 'unusable', message }
        const asked = error.retryAfterMs
        return {
          kind: 'unanswered',
          message,
          pauseMs: asked === null ? null : Math.min(asked, longestLookPauseMs),
        }
      }
    },

    async find({ model, input, from, to }) {
      const wire: Record<string, unknown> = { ...toWire(input) }
      // The seed was drawn here, so even equal inputs differ; what the vendor adds to them does not matter.
      const same = (listed: Record<string, unknown> | null | undefined) =>
        listed != null &&
        Object.entries(wire).every(([name, value]) => isDeepStrictEqual(listed[name], value))
      const found: Prediction[] = []
      try {
        for (let page = 1; page <= mostPages; page += 1) {
          const items = await client.list({
            page,
            page_size: pageSize,
            model,
            created_after: new Date(from).toISOString(),
            created_before: new Date(to).toISOString(),
            include_inputs: true,
          })
          found.push(...items.filter((item) => same(item.input ?? item.inputs)))
          if (items.length < pageSize) break
        }
        return { kind: 'answered', reports: found.reverse().map(report) }
      } catch (error) {
        if (!(error instanceof VendorError)) throw error
        return { kind: 'unanswered', message: error.message }
      }
    },

    async probe() {
      try {
        await client.balance()
        return true
      } catch (error) {
        if (!(error instanceof VendorError)) throw error
        return false
      }
    },

    async remove(predictionId) {
      try {
        await client.remove([predictionId])
        return { ok: true }
      } catch (error) {
        if (!(error instanceof VendorError)) throw error
        return { ok: false, message: error.message }
      }
    },
  }
}

/** The vendor's words may quote the callback's address, whose last part is a secret. */
function withoutAddress(outcome: SubmitOutcome, callbackUrl: string | null): SubmitOutcome {
  const token = callbackUrl?.split('/').at(-1)
  if (!token) return outcome
  const clean = (text: string) => text.replaceAll(token, '[token]')
  if (outcome.kind === 'refused') {
    return { ...outcome, error: { ...outcome.error, message: clean(outcome.error.message) } }
  }
  return 'message' in outcome ? { ...outcome, message: clean(outcome.message) } : outcome
}

/** The vendor works but says nothing we understand: not an outage, so a job's deadline goes on counting. */
function isUnusable({ fault, status }: VendorError): boolean {
  if (fault === 'shape' || fault === 'not-json' || fault === 'envelope') return true
  return fault === 'status' && status !== null && status < 500 && status !== 401 && status !== 429
}
