import type { VendorFetch } from '../../src/wavespeed/fetch.ts'
import type { Time } from '../sim/time.ts'

/** What the vendor does to whoever asks: answers, refuses, says nothing, or cuts the connection. */
export type Mood = 'answers' | '503' | 'hangs' | 'resets'

export interface CrowdedVendor {
  mood: Mood
  /** When each request left, and about which prediction it was, if about one. */
  readonly requests: readonly { readonly at: number; readonly predictionId: string | null }[]
  readonly fetch: VendorFetch
}

/** From a request to its answer. */
const wayMs = 100
/** The limit of an exchange, which is the real `fetch`'s own. */
const limitMs = 30_000

/** A vendor whose tasks never end, since what counts is how often it is asked. */
export function createCrowdedVendor(time: Time): CrowdedVendor {
  const requests: { at: number; predictionId: string | null }[] = []
  /** What leaves at the same moment is answered at the same moment, by one timer. */
  let together: { readonly at: number; readonly answers: (() => void)[] } | null = null

  function later(ms: number, answer: () => void): void {
    const at = time.now() + ms
    if (together?.at !== at) {
      const answers: (() => void)[] = []
      together = { at, answers }
      time.after(ms, () => {
        for (const one of answers) one()
      })
    }
    together.answers.push(answer)
  }

  const vendor: CrowdedVendor = {
    mood: 'answers',
    requests,
    fetch(request) {
      const predictionId = /predictions\/(\w+)\/result/.exec(request.url)?.[1] ?? null
      requests.push({ at: time.now(), predictionId })
      const { mood } = vendor
      return new Promise((resolve, reject) => {
        later(mood === 'hangs' ? limitMs : wayMs, () => {
          if (mood === 'answers') resolve(answerAbout(predictionId))
          else if (mood === '503') resolve(new Response('away', { status: 503 }))
          else reject(Object.assign(new Error(mood), { code: mood === 'hangs' ? 'TIMEOUT' : 'ECONNRESET' }))
        })
      })
    },
  }
  return vendor
}

function answerAbout(predictionId: string | null): Response {
  const task = { id: predictionId, status: 'processing', outputs: [] }
  const data = predictionId === null ? { balance: 100 } : task
  return new Response(JSON.stringify({ code: 200, message: 'success', data }))
}
