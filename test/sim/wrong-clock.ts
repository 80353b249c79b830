import type { Random } from '../support/random.ts'

const second = 1_000
const minute = 60 * second

/**
 * A process begins by a clock that is ahead, and the next one by one that was set right; where clocks are set anyway, and not
 * beside an outage, where every start asks anew.
 */
export function drawWrongClock(
  random: Random,
  {
    incidents,
    roughMs,
  }: { readonly incidents: readonly { readonly kind: string }[]; readonly roughMs: number },
) {
  const among = (kind: string) => incidents.some((incident) => incident.kind === kind)
  if (!among('jump') || among('weather') || random.chance(0.5)) return []
  const times = Array.from({ length: random.whole(1, 3) }, () => random.whole(0, roughMs - 8 * second))
  return times.flatMap((at) => {
    const ms = random.whole(minute, 90 * minute)
    const stop = (after: number) => ({ at: at + after, kind: 'stop', host: 0, downMs: second }) as const
    const jump = (after: number, by: number) => ({ at: at + after, kind: 'jump', of: 0, ms: by }) as const
    return [jump(0, ms), stop(2 * second), jump(6 * second, -ms), stop(7 * second)]
  })
}
