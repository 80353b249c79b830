import type { BeforeSend, VendorFetch } from '../../../src/wavespeed/fetch.ts'
import type { Random } from '../../support/random.ts'
import type { Life } from '../life.ts'
import type { Modules } from '../modules.ts'
import type { Time, Trace } from '../time.ts'
import { timeLimitMs } from './account.ts'
import { type Answer, type Request as ApiRequest, type Route, routeOf } from './api.ts'
import { createCarrier, fault } from './carrier.ts'
import { drawFault, type Fault, faultOfWeather, isAway, type Weather } from './faults.ts'

/** One exchange as the simulator saw it. */
export interface Exchange {
  readonly at: number
  readonly route: Route
  /** The prediction that was asked for, or the job that was submitted; null for the rest. */
  readonly subject: string | null
  readonly fault: string | null
  /** Whether the vendor was away as a whole. */
  readonly away: boolean
  /** Whether the request left the machine. */
  readonly sent: boolean
}

export interface Wire {
  weather: Weather
  /** The share of exchanges that go wrong by themselves. */
  faults: number
  readonly exchanges: readonly Exchange[]
  /** The way to the vendor of one process. `jobOf` says for which job a submission is. */
  fetchOf(
    life: Life,
    jobOf: (path: string, body: unknown) => string,
    NotSentError: Modules['NotSentError'],
  ): { fetch: VendorFetch; breakOff(): void }
}

/** The prediction that is asked for; null where that is none. */
const predictionOf = (request: ApiRequest) =>
  routeOf(request) === 'result' ? (request.path.split('/')[4] ?? null) : null

/** Notes who asks after a prediction, until there is an answer. */
function watchAskers(onTwice: (prediction: string) => void) {
  const asking = new Map<string, Life>()
  return async (life: Life, request: ApiRequest, answer: Promise<Answer>): Promise<Answer> => {
    const prediction = predictionOf(request)
    if (prediction === null) return answer
    const other = asking.get(prediction)
    if (other && other !== life && !other.dead) onTwice(prediction)
    asking.set(prediction, life)
    return answer.finally(() => asking.get(prediction) === life && asking.delete(prediction))
  }
}

/** The network between the gateways and the vendor. */
export function createWire(options: {
  readonly answer: (request: ApiRequest) => Answer
  readonly time: Time
  /** How long it may take until a connection stands. */
  readonly connectMs: number
  /** Told of a prediction that one process asks after while another one does. */
  readonly onTwice: (prediction: string) => void
  /** How wrong the vendor's own clock is. */
  readonly skewMs: number
  readonly random: Random
  readonly trace: Trace
}): Wire {
  const { time, skewMs, connectMs, onTwice, random, trace } = options
  const connecting = random.fork('connecting')
  const watched = watchAskers(onTwice)
  const carry = createCarrier(options)
  const exchanges: Exchange[] = []

  const wire: Wire = {
    weather: 'fine',
    faults: 0,
    exchanges,
    fetchOf(life, jobOf, NotSentError) {
      const breakers = new Set<(error: Error) => void>()
      let closed = false

      function exchange(request: ApiRequest, beforeSend: BeforeSend | undefined): Promise<Answer> {
        return new Promise((resolve, reject) => {
          let stage: 'connecting' | 'sent' | 'over' = 'connecting'
          const cancel = time.after(timeLimitMs, () => fail(fault('TIMEOUT')))
          const end = () => {
            stage = 'over'
            cancel()
            breakers.delete(fail)
          }
          const fail = (error: Error, reason: 'unreachable' | 'withheld' = 'unreachable') => {
            const isSent = stage === 'sent'
            end()
            reject(isSent ? error : new NotSentError(reason, error))
          }
          breakers.add(fail)
          const bad = drawFaultOf(request)
          const send = (sentAt: number) => {
            if (stage === 'over') return
            stage = 'sent'
            note(request, bad)
            carry({ ...request, sentAt }, bad, (result) => {
              if (result instanceof Error) return fail(result)
              end()
              resolve(result)
            })
          }
          if (bad?.kind === 'refused') {
            note(request, bad)
            time.after(random.whole(1, 3_000), () => fail(fault('ECONNREFUSED', 'connect')))
          } else if (beforeSend) {
            const mark = () => {
              const markedAt = time.now()
              void Promise.resolve(beforeSend()).then(
                () => send(markedAt),
                (error: Error) => fail(error, 'withheld'),
              )
            }
            const connected = () => life.reach(() => stage === 'connecting' && mark())
            if (connectMs === 0) mark()
            else time.after(connecting.whole(0, connectMs), connected)
          } else send(time.now())
        })
      }

      return {
        fetch: async (given, { beforeSend } = {}) => {
          const text = await given.text()
          if (closed) throw new NotSentError('unreachable', fault('STOPPED'))
          const { pathname, searchParams } = new URL(given.url)
          const body: unknown = text === '' ? undefined : JSON.parse(text)
          const route = routeOf({ method: given.method, path: pathname })
          const job = route === 'submit' ? jobOf(pathname, body) : null
          const request = {
            method: given.method,
            path: pathname,
            query: searchParams,
            body,
            job,
            sentAt: time.now(),
          }
          const {
            status,
            body: words,
            headers,
          } = await life.guard(
            Promise.resolve(life.cross(() => watched(life, request, exchange(request, beforeSend)))),
          )
          const date = new Date(time.now() + skewMs).toUTCString()
          return new Response(words, { status, headers: { date, ...headers } })
        },
        breakOff() {
          closed = true
          for (const fail of [...breakers]) fail(fault('UND_ERR_DESTROYED'))
        },
      }
    },
  }

  function drawFaultOf(request: ApiRequest): Fault | null {
    const route = routeOf(request)
    return faultOfWeather(random, wire.weather, route) ?? drawFault(random, route, wire.faults)
  }

  function note(request: ApiRequest, bad: Fault | null): void {
    const route = routeOf(request)
    const subject = request.job ?? predictionOf(request)
    exchanges.push({
      at: time.now(),
      route,
      subject,
      fault: bad?.name ?? null,
      away: isAway(wire.weather),
      sent: bad?.kind !== 'refused',
    })
    trace.line('wire', `${route} ${subject ?? ''} ${bad?.name ?? 'well'}`)
  }

  return wire
}
