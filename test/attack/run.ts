import { type Answer, type Attack, defaults, type Kind } from './attack.ts'
import { cpuMsOf } from './measure.ts'
import type { World } from './world.ts'

export interface Result extends Answer {
  readonly name: string
  /** CPU time of the gateways together, meanwhile; null where it was not measured for itself. */
  readonly cpuMs: number | null
  readonly wrong: readonly string[]
}

export interface Judged {
  readonly kind: string
  readonly results: readonly Result[]
  /** Of all of them, where they were sent together. */
  readonly cpuMs: number | null
}

/** What is sent together may take so much each second: pings, checks of slow clients, and answers that nobody reads. */
const togetherCpuMs = 12_000

export async function sendAll(kind: Kind, world: World): Promise<Judged> {
  const begun = cpuOf(world)
  if (!kind.together) {
    const results: Result[] = []
    for (const attack of kind.attacks) results.push(await sendOne(attack, world))
    return { kind: kind.name, results, cpuMs: taken(begun, world) }
  }
  const answers = await Promise.all(kind.attacks.map((attack) => attempt(attack, world)))
  const cpuMs = taken(begun, world)
  const results = kind.attacks.map((attack, index): Result => {
    const answer = answers[index] ?? { outcome: 'nothing', bytes: 0 }
    return { name: attack.name, ...answer, cpuMs: null, wrong: faultsOf(attack, answer, null) }
  })
  if (cpuMs === null || cpuMs <= togetherCpuMs) return { kind: kind.name, results, cpuMs }
  const wrong = [`${cpuMs} ms of CPU; at most ${togetherCpuMs} are allowed`]
  return {
    kind: kind.name,
    results: [...results, { name: 'all of these', outcome: '', bytes: 0, cpuMs, wrong }],
    cpuMs,
  }
}

async function sendOne(attack: Attack, world: World): Promise<Result> {
  const begun = cpuOf(world)
  const answer = await attempt(attack, world)
  const cpuMs = taken(begun, world)
  return { name: attack.name, ...answer, cpuMs, wrong: faultsOf(attack, answer, cpuMs) }
}

async function attempt(attack: Attack, world: World): Promise<Answer> {
  try {
    return await attack.send(world)
  } catch (error) {
    return { outcome: `an error here: ${String(error)}`, bytes: 0 }
  }
}

function faultsOf(
  { answer, mostBytes = defaults.mostBytes, mostCpuMs = defaults.mostCpuMs }: Attack,
  { outcome, bytes }: Answer,
  cpuMs: number | null,
): readonly string[] {
  const expected = [answer].flat()
  return [
    ...(expected.includes(outcome)
      ? []
      : [`it was answered "${outcome}" and not "${expected.join('" or "')}"`]),
    ...(bytes <= mostBytes ? [] : [`it was answered ${bytes} bytes; at most ${mostBytes} are allowed`]),
    ...((cpuMs ?? 0) <= mostCpuMs ? [] : [`it took ${cpuMs} ms of CPU; at most ${mostCpuMs} are allowed`]),
  ]
}

/** Of all gateways, so that none of it is missed. */
function cpuOf({ gateways }: World): number | null {
  const each = gateways.map(({ pid }) => cpuMsOf(pid))
  return each.reduce<number | null>((sum, ms) => (sum === null || ms === null ? null : sum + ms), 0)
}

function taken(begun: number | null, world: World): number | null {
  const now = cpuOf(world)
  return begun === null || now === null ? null : now - begun
}
