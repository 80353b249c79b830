import type { Core } from '../../src/app/core.ts'
import type { Random } from '../support/random.ts'
import type { Gateway } from './gateway.ts'
import { createHost, type Host, type HostOptions } from './host.ts'
import type { Life } from './life.ts'

/** What came of asking a gateway something. */
export type Reply<T> =
  | { readonly kind: 'answered'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The process died meanwhile: nobody knows what it did. */
  | { readonly kind: 'lost' }

/** Every host of a history, behind what spreads questions over those that serve. */
export interface Hosts {
  readonly all: readonly Host[]
  /** How often any of them was started. */
  readonly starts: number
  /** Whether any of them serves. */
  readonly serve: boolean
  /** Asks one that serves, as soon as there is one; `by` draws which. */
  ask<T>(
    question: (core: Core, life: Life, gateway: Gateway) => T | Promise<T>,
    by?: Random,
  ): Promise<Reply<T>>
}

export function createHosts(options: {
  readonly count: number
  readonly start: (index: number) => HostOptions['start']
  readonly host: Omit<HostOptions, 'start' | 'onServing'>
  readonly random: Random
}): Hosts {
  const { random } = options
  const waiting: (() => void)[] = []
  const all = Array.from({ length: options.count }, (_, index) =>
    createHost({
      ...options.host,
      start: options.start(index),
      onServing() {
        for (const go of waiting.splice(0)) go()
      },
    }),
  )

  const ready = () =>
    all.flatMap(({ gateway }) => (gateway && !gateway.stopping && !gateway.life.dead ? [gateway] : []))

  async function choose(by: Random): Promise<Gateway> {
    for (;;) {
      const [first, ...others] = ready()
      if (first) return others.length === 0 ? first : by.one([first, ...others])
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
      })
    }
  }

  return {
    all,
    get starts() {
      return all.reduce((sum, { starts }) => sum + starts, 0)
    },
    get serve() {
      return ready().length > 0
    },
    async ask(question, by = random) {
      const gateway = await choose(by)
      const { core, life } = gateway
      const answer = new Promise<void>(life.reach)
        .then(() => question(core, life, gateway))
        .then(
          (value) => ({ kind: 'answered' as const, value }),
          (error: unknown) => ({ kind: 'failed' as const, error }),
        )
      return Promise.race([answer, life.died.then(() => ({ kind: 'lost' as const }))])
    },
  }
}
