import { type RuleName, rules } from './rules.ts'
import type { Outcome } from './run.ts'

/** Adds up what many seeds showed. */
export interface Report {
  add(outcome: Outcome): void
  /** Seeds in which a rule was broken. */
  readonly failed: number
  summary(twice: boolean): string
}

/** Seeds that are named for each rule; any of them replays. */
const mostNamed = 8

export function createReport(print: (line: string) => void): Report {
  const begun = performance.now()
  const faults = new Map<string, number>()
  const broken = new Map<RuleName, number[]>()
  const known = new Map<RuleName, number>()
  let seeds = 0
  let failed = 0
  let jobs = 0
  let events = 0

  const lines = (map: ReadonlyMap<string, number>) =>
    [...map]
      .sort(([, one], [, other]) => other - one)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')

  return {
    add(outcome) {
      seeds += 1
      jobs += outcome.jobs
      events += outcome.events
      for (const [name, count] of outcome.faults) faults.set(name, (faults.get(name) ?? 0) + count)
      for (const [rule, count] of outcome.known) known.set(rule, (known.get(rule) ?? 0) + count)
      if (outcome.breaches.length > 0) failed += 1
      for (const { rule, detail } of outcome.breaches) {
        const before = broken.get(rule) ?? []
        if (before.length < 3) print(`seed ${outcome.seed}: ${rule}: ${detail.slice(0, 700)}`)
        broken.set(rule, [...before, outcome.seed])
      }
    },
    get failed() {
      return failed
    },
    summary(twice) {
      const seconds = (performance.now() - begun) / 1_000
      return [
        `faults met: ${lines(faults)}`,
        `rules that are off, and how often they were broken: ${lines(known) || 'none'}`,
        ...[...broken].map(
          ([rule, names]) =>
            `BROKEN ${rule}, in ${names.length} seeds (${names.slice(0, mostNamed).join(', ')}): ${rules[rule].promise}`,
        ),
        `${seeds} seeds${twice ? ', each twice with the same hash' : ''}, ${(seeds / seconds).toFixed(0)} a second, ${jobs} jobs, ${events} events, ${Object.values(rules).filter((rule) => !('off' in rule)).length} rules: ${failed} failed`,
      ].join('\n')
    },
  }
}
