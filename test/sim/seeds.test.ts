import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { buildIn } from './built-in/build-in.ts'
import { builtIns } from './built-in/built-in.ts'
import { loadModules, type Modules } from './modules.ts'
import { regressions } from './regressions.ts'
import { openScratch, runSeed } from './run.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
let modules: Modules
let scratch: ReturnType<typeof openScratch>

beforeAll(async () => {
  modules = await loadModules(root)
  scratch = openScratch(modules)
})
afterAll(() => scratch.close())

/** What a red test says: the seed and the rule, and how to see what happened. */
async function breachesOf(seed: number, gateways = 1): Promise<string[]> {
  const { breaches } = await runSeed(seed, { modules, scratch, gateways })
  const replay = `npm run sim -- --seed ${seed} --gateways ${gateways} --verbose`
  return breaches.map(({ rule, detail }) => `${rule}: ${detail} (${replay} shows what happened)`)
}

describe('the engine, in a world where things go wrong', () => {
  const share = 100
  it.each(Array.from({ length: 10 }, (_, index) => 1 + index * share))(
    'keeps every promise that is on, from seed %i on',
    async (first) => {
      for (let seed = first; seed < first + share; seed += 1) expect(await breachesOf(seed)).toEqual([])
    },
  )

  it.each([2, 3])('keeps them where %i gateways share a history', async (gateways) => {
    for (let seed = 1; seed <= 30; seed += 1) expect(await breachesOf(seed, gateways)).toEqual([])
  })

  it.each(regressions)('keeps them where it once did not: seed $seed, $why', async ({ seed }) => {
    expect(await breachesOf(seed)).toEqual([])
  })
})

describe('a fault that is built in', () => {
  it.each(builtIns)('fits the source: $name', (fault) => {
    expect(() => buildIn(root, fault).remove()).not.toThrow()
  })
})

describe('a run of the simulator', () => {
  it('is decided by its seed, whatever ran before it', async () => {
    const seeds = Array.from({ length: 25 }, (_, index) => index + 1)
    const hashes: string[] = []
    for (const seed of seeds) hashes.push((await runSeed(seed, { modules, scratch })).hash)
    for (const seed of seeds.toReversed()) {
      expect([seed, (await runSeed(seed, { modules, scratch })).hash]).toEqual([seed, hashes[seed - 1]])
    }
    expect(new Set(hashes).size).toBe(seeds.length)
  })

  it('takes no time, timer or chance from the machine, so neither does the core', async () => {
    const honest = (await runSeed(7, { modules, scratch })).hash
    const refuse = (name: string) => () => {
      throw new Error(`${name} was called`)
    }
    vi.spyOn(Math, 'random').mockImplementation(refuse('Math.random'))
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(refuse('setTimeout'))
    vi.spyOn(globalThis, 'setInterval').mockImplementation(refuse('setInterval'))
    vi.spyOn(crypto, 'getRandomValues').mockImplementation(refuse('crypto.getRandomValues'))
    vi.spyOn(crypto, 'randomUUID').mockImplementation(refuse('crypto.randomUUID'))
    // The log writes the time of the day into its lines: it may, since nothing is decided by them.
    vi.spyOn(Date, 'now').mockReturnValue(0)
    try {
      expect((await runSeed(7, { modules, scratch })).hash).toBe(honest)
    } finally {
      vi.restoreAllMocks()
    }
  })
})
