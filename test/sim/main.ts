import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { loadModules } from './modules.ts'
import { openScratch, runSeed } from './run.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
  },
})
const modules = await loadModules(root)
const scratch = openScratch(modules)
const first = Number(values.seed)
const count = Number(values.seeds)
const begun = performance.now()
let failed = 0
const rules = new Map<string, number[]>()
const known = new Map<string, number>()
let events = 0
let jobs = 0
for (let seed = first; seed < first + count; seed += 1) {
  const outcome = await runSeed(seed, modules, scratch, values.verbose ? console.log : null)
  events += outcome.events
  jobs += outcome.jobs
  for (const [rule, n] of outcome.known) known.set(rule, (known.get(rule) ?? 0) + n)
  if (outcome.breaches.length === 0) continue
  failed += 1
  for (const { rule, detail } of outcome.breaches) {
    const seeds = rules.get(rule) ?? []
    seeds.push(seed)
    rules.set(rule, seeds)
    if (seeds.length <= 3) console.log(`seed ${seed}: ${rule}: ${detail.slice(0, 700)}`)
  }
}
const seconds = (performance.now() - begun) / 1_000
console.log(
  `${count} seeds, ${failed} failed, ${(count / seconds).toFixed(0)} a second, ${(events / count).toFixed(0)} events, ${(jobs / count).toFixed(1)} jobs`,
)
for (const [rule, seeds] of rules) console.log(`${rule}: ${seeds.length} (${seeds.slice(0, 8).join(' ')})`)
console.log('known', Object.fromEntries(known))
scratch.close()
