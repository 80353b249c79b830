import createOpenApiClient from 'openapi-fetch'
import type { models } from '../generated/parameters.ts'
import { createValidator, type Schemas, type Validator } from '../generated/validators.ts'
import type { paths } from '../generated/wavespeed.ts'
import type { Clock } from '../jobs/ports.ts'
import { networkFault, networkMessage, VendorError } from './error.ts'
import type { VendorFetch } from './fetch.ts'
import { retryAfterMs } from './retry.ts'

export type Prediction = Schemas['Prediction']
type ModelPath = (typeof models)[number]['path']

export interface VendorClient {
  /** `webhook` is the address that the vendor calls when the prediction has finished; null for none. */
  submit(path: ModelPath, body: Schemas['V2VLoraInput'], webhook?: string | null): Promise<Prediction>
  result(predictionId: string): Promise<Prediction>
  list(request: Schemas['PredictionListRequest']): Promise<readonly Prediction[]>
  /** Answers how many of them the vendor knew and deleted. */
  remove(predictionIds: readonly string[]): Promise<number>
  /** In US dollars. */
  balance(): Promise<number>
  /** The secret that signs webhooks, as the vendor writes it: with its `whsec_` prefix. */
  webhookSecret(): Promise<string>
}

export interface ClientOptions {
  readonly baseUrl: string
  readonly apiKey: string
  readonly fetch: VendorFetch
  readonly clock: Pick<Clock, 'now'>
  /** Told of every exchange: the answer, or the error that stands for it. */
  readonly onAnswer?: (answer: Response | VendorError) => void
}

/** The header by which the sandbox makes itself known. */
export const sandboxHeader = 'x-wavespeed-sandbox'
const sandboxKey = 'sandbox'

/**
 * The documented API, typed by the document and checked against it at run time. Every method answers the validated
 * `data` of the envelope or throws a VendorError.
 */
export function createVendorClient(options: ClientOptions): VendorClient {
  const { baseUrl, apiKey, clock, onAnswer } = options

  /** The sandbox's key is no secret, and a word that prompts and addresses may contain. */
  const redact = (text: string) => (apiKey === sandboxKey ? text : text.replaceAll(apiKey, '[key]'))
  /** The vendor's words may quote the key they refuse. */
  const withoutKey = (text: string) => redact(text).slice(0, 500)

  const api = createOpenApiClient<paths>({
    baseUrl,
    headers: { authorization: `Bearer ${apiKey}`, 'x-client-name': 'wavespeed-graphql' },
    async fetch(request) {
      try {
        const answer = await options.fetch(request)
        onAnswer?.(answer)
        return answer
      } catch (cause) {
        const error = new VendorError(networkFault(cause), withoutKey(networkMessage(cause)), { cause })
        onAnswer?.(error)
        throw error
      }
    },
  })

  async function read<T extends object>(
    call: Promise<{ response: Response; data?: unknown; error?: unknown }>,
    validate: Validator<T>,
  ): Promise<T> {
    const { response, data, error } = await call
    const { status } = response
    if (!response.ok) throw refusal(response, error)
    let body: unknown
    try {
      body = JSON.parse(redact(String(data)))
    } catch {
      // Its SyntaxError quotes the body, which may hold a secret.
      throw new VendorError('not-json', `The vendor answered HTTP ${status} with a body that is no JSON.`, {
        status,
      })
    }
    const code = isRecord(body) && typeof body['code'] === 'number' ? body['code'] : null
    if (code !== null && code !== 200) {
      throw new VendorError('envelope', withoutKey(`The vendor answered code ${code}: ${wordsOf(body)}`), {
        status,
        code,
      })
    }
    if (!validate(body)) {
      const faults = (validate.errors ?? []).map((fault) => `${fault.instancePath || '/'} ${fault.message}`)
      throw new VendorError(
        'shape',
        withoutKey(`The vendor's answer is not as documented: ${faults.join('; ')}.`),
        {
          status,
        },
      )
    }
    return body
  }

  function refusal(response: Response, error: unknown): VendorError {
    const { status } = response
    const code = isRecord(error) && typeof error['code'] === 'number' ? error['code'] : null
    const words = withoutKey(`The vendor answered HTTP ${status}: ${wordsOf(error)}`)
    const asked = retryAfterMs(response.headers.get('retry-after'), clock.now())
    return new VendorError('status', words, { status, code, retryAfterMs: asked })
  }

  // The body is read as text, so that one that is no JSON is an error of ours with words, not a SyntaxError.
  const parseAs = 'text'

  return {
    async submit(path, body, webhook = null) {
      const params = webhook === null ? {} : { query: { webhook } }
      const answer = await read(
        api.POST(path, { body, params, parseAs }),
        createValidator('PredictionEnvelope'),
      )
      return answer.data
    },
    async result(id) {
      const answer = await read(
        api.GET('/api/v3/predictions/{id}/result', { params: { path: { id } }, parseAs }),
        createValidator('PredictionEnvelope'),
      )
      return answer.data
    },
    async list(request) {
      const answer = await read(
        api.POST('/api/v3/predictions', { body: request, parseAs }),
        createValidator('PredictionListEnvelope'),
      )
      return answer.data.items ?? []
    },
    async remove(ids) {
      const answer = await read(
        api.POST('/api/v3/predictions/delete', { body: { ids: [...ids] }, parseAs }),
        createValidator('DeleteEnvelope'),
      )
      return answer.data.deleted_count
    },
    async balance() {
      const answer = await read(api.GET('/api/v3/balance', { parseAs }), createValidator('BalanceEnvelope'))
      return answer.data.balance
    },
    async webhookSecret() {
      const answer = await read(
        api.GET('/api/v3/webhook/secret', { parseAs }),
        createValidator('WebhookSecretAnswer'),
      )
      return 'data' in answer ? answer.data.secret : answer.secret
    },
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** The message of an error body, whichever of its documented forms it has. */
function wordsOf(body: unknown): string {
  if (isRecord(body) && typeof body['message'] === 'string') return body['message']
  return typeof body === 'string' && body.trim() !== '' ? 'a body that is no JSON' : 'no message'
}
