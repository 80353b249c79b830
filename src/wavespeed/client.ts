import createOpenApiClient from 'openapi-fetch'
import type { models } from '../generated/parameters.ts'
import { createValidator, type Schemas, type Validator } from '../generated/validators.ts'
import type { paths } from '../generated/wavespeed.ts'
import type { Clock } from '../jobs/clock.ts'
import type { JobInput } from '../jobs/input.ts'
import { type Answer, createEnvelopes, type Envelope } from './envelope.ts'
import { networkFault, VendorError } from './error.ts'
import type { BeforeSend, VendorFetch } from './fetch.ts'
import { isRecord, type Prediction, readPrediction } from './prediction.ts'
import { createRedactor, type Redactor } from './redact.ts'

type ModelPath = (typeof models)[number]['path']

export interface VendorClient {
  /**
   * `webhook` is the address that the vendor calls when the prediction has finished; null for none. `beforeSend` is called
   * once, when a connection stands and before any byte of the request leaves; where it fails, none does. `body` is what the catalog has checked for the model of this path.
   */
  submit(
    path: ModelPath,
    body: JobInput,
    webhook?: string | null,
    beforeSend?: BeforeSend,
  ): Promise<Prediction>
  result(predictionId: string): Promise<Prediction>
  list(request: Schemas['PredictionListRequest']): Promise<PredictionPage>
  /** Answers how many of them the vendor knew and deleted. */
  remove(predictionIds: readonly string[]): Promise<number>
  /** Where the bytes of a file may be put, and where they will be. */
  uploadTicket(file: Schemas['UploadTicketRequest']): Promise<Schemas['UploadTicketEnvelope']['data']>
  /** Sends a file as the documented form does; `send` makes the body of the request. */
  uploadForm(send: (request: Request) => Promise<Response>): Promise<Schemas['UploadEnvelope']['data']>
  /** In US dollars. */
  balance(): Promise<number>
  /** The secret that signs webhooks, as the vendor writes it: with its `whsec_` prefix. */
  webhookSecret(): Promise<string>
}

export interface PredictionPage {
  /** Those that can be read. */
  readonly predictions: readonly Prediction[]
  /** How many entries the page had. */
  readonly size: number
}

/** What came of one exchange, for whoever keeps an eye on the vendor. */
export interface Exchange {
  /** What was asked. */
  readonly kind: 'submit' | 'poll' | 'list' | 'balance' | 'other'
  readonly askedAt: number
  /** Null if there was no answer. */
  readonly headers: Headers | null
  /** Null if it was answered as documented. */
  readonly error: VendorError | null
}

export interface ClientOptions {
  readonly baseUrl: string
  readonly apiKey: string
  readonly fetch: VendorFetch
  readonly clock: Pick<Clock, 'now'>
  /** By which the vendor says until when to wait; by default as the clock. */
  readonly vendorTime?: Pick<Clock, 'now'>
  /** Takes the key, and the webhook secret once it is known, out of whatever the vendor is quoted with. */
  readonly redactor?: Redactor
  readonly onExchange?: (exchange: Exchange) => void
  /** Told of members of predictions that have no readable form, such as `error: array`. */
  readonly onOddity?: (form: string) => void
}

/** The header by which the sandbox makes itself known. */
export const sandboxHeader = 'x-wavespeed-sandbox'
/** The sandbox's key is no secret, and a word that prompts and addresses may contain. */
const sandboxKey = 'sandbox'

/**
 * The documented API, typed by the document. Every method answers the `data` of the envelope or throws a VendorError.
 * Predictions are read as far as they can be; their texts are as they came and may quote secrets.
 */
export function createVendorClient(options: ClientOptions): VendorClient {
  const { baseUrl, apiKey, clock, vendorTime = clock, onExchange, onOddity } = options
  const { redactor = createRedactor() } = options
  if (apiKey !== sandboxKey) redactor.add(apiKey, 'key')

  const envelopes = createEnvelopes({ redactor, clock: vendorTime })

  const fetchWith = (beforeSend?: BeforeSend) => async (request: Request) => {
    try {
      return await options.fetch(request, { beforeSend })
    } catch (cause) {
      const { fault, words } = networkFault(cause)
      throw new VendorError(fault, envelopes.quote(words), { cause })
    }
  }
  const api = createOpenApiClient<paths>({
    baseUrl,
    headers: { authorization: `Bearer ${apiKey}`, 'x-client-name': 'wavespeed-graphql' },
    fetch: fetchWith(),
  })

  /** What `take` makes of the envelope of an answer; null from it means that the answer is not as documented. */
  async function read<T>(
    kind: Exchange['kind'],
    call: Promise<Answer>,
    take: (envelope: Envelope) => T | null,
  ): Promise<T> {
    const askedAt = clock.now()
    let headers: Headers | null = null
    try {
      const answer = await call
      headers = answer.response.headers
      const taken = take(envelopes.open(answer))
      if (taken === null) throw envelopes.misshapen(answer.response.status, '')
      onExchange?.({ kind, askedAt, headers, error: null })
      return taken
    } catch (error) {
      // What was withheld here says nothing of the vendor.
      if (error instanceof VendorError && error.fault !== 'withheld')
        onExchange?.({ kind, askedAt, headers, error })
      throw error
    }
  }

  function note<T extends Prediction | null>(prediction: T): T {
    for (const form of prediction?.oddities ?? []) onOddity?.(form)
    return prediction
  }
  const prediction = ({ data }: Envelope) => note(readPrediction(data))

  // The body is read as text, so that one that is no JSON is an error of ours with words, not a SyntaxError.
  const parseAs = 'text'

  return {
    ...createFileCalls(api, (call, validate) => read('other', call, envelopes.documented(validate))),
    async submit(path, body, webhook = null, beforeSend) {
      const params = webhook === null ? {} : { query: { webhook } }
      // Each path has a type of its own.
      return read(
        'submit',
        api.POST(path, { body: body as never, params, parseAs, fetch: fetchWith(beforeSend) }),
        prediction,
      )
    },
    async result(id) {
      return read(
        'poll',
        api.GET('/api/v3/predictions/{id}/result', { params: { path: { id } }, parseAs }),
        prediction,
      )
    },
    async list(request) {
      return read('list', api.POST('/api/v3/predictions', { body: request, parseAs }), ({ data }) => {
        const items = isRecord(data) ? (data['items'] ?? []) : null
        if (!Array.isArray(items)) return null
        // One that cannot be read must not hide the others.
        const predictions = items.flatMap((item: unknown) => note(readPrediction(item)) ?? [])
        if (predictions.length < items.length) onOddity?.('an entry of the list: without id or status')
        return { predictions, size: items.length }
      })
    },
    async remove(ids) {
      const answer = await read(
        'other',
        api.POST('/api/v3/predictions/delete', { body: { ids: [...ids] }, parseAs }),
        envelopes.documented(createValidator('DeleteEnvelope')),
      )
      return answer.data.deleted_count
    },
    async balance() {
      const answer = await read(
        'balance',
        api.GET('/api/v3/balance', { parseAs }),
        envelopes.documented(createValidator('BalanceEnvelope')),
      )
      return answer.data.balance
    },
    async webhookSecret() {
      const answer = await read(
        'other',
        api.GET('/api/v3/webhook/secret', { parseAs }),
        envelopes.documented(createValidator('WebhookSecretAnswer')),
      )
      const secret = 'data' in answer ? answer.data.secret : answer.secret
      const key = secret.replace(/^whsec_/, '').trim()
      // Anybody could sign with nothing.
      if (key === '') throw envelopes.misshapen(200, 'the webhook secret is empty')
      redactor.add(key, 'secret')
      return secret
    },
  }
}

/** The calls that bring files to the vendor. */
function createFileCalls(
  api: ReturnType<typeof createOpenApiClient<paths>>,
  read: <T extends object>(call: Promise<Answer>, validate: Validator<T>) => Promise<T>,
): Pick<VendorClient, 'uploadTicket' | 'uploadForm'> {
  const parseAs = 'text'
  return {
    async uploadTicket(body) {
      const call = api.POST('/api/v3/media/uploads', { body, parseAs })
      return (await read(call, createValidator('UploadTicketEnvelope'))).data
    },
    async uploadForm(fetch) {
      // The body is not made here: the file is not held in memory.
      const body = { file: '' as never }
      const call = api.POST('/api/v3/media/upload/binary', { body, fetch, parseAs })
      return (await read(call, createValidator('UploadEnvelope'))).data
    },
  }
}
