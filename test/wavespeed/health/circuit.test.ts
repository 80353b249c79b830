import { describe, expect, it } from 'vitest'
import { createCircuit } from '../../../src/wavespeed/health/circuit.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

function start(at?: number) {
  const clock = createFakeClock(at)
  const told: string[] = []
  const circuit = createCircuit({
    clock,
    pauseOf: (deferrals, pauseMs) => pauseMs * 2 ** deferrals,
    onPause: ({ reason }, ended) => void told.push(`${reason} ${ended ? 'ends' : 'begins'}`),
  })
  const refuse = (pauseMs = 10_000) => circuit.deferred(pauseMs, 'refused')
  return { clock, circuit, refuse, told, from: clock.now() }
}

describe('polls', () => {
  it.each(['answered', 'probed', 'submitted'] as const)(
    'are unknown at first, and well after: %s',
    (answer) => {
      const { circuit } = start()
      expect(circuit.polls).toBe('unknown')
      circuit[answer]()
      expect(circuit.polls).toBe('well')
    },
  )

  it('are taken for away after three in a row that were not answered', () => {
    const { circuit } = start()
    const seen = [1, 2, 3].map(() => {
      circuit.unanswered()
      return circuit.polls
    })
    expect(seen).toEqual(['unknown', 'unknown', 'away'])
  })

  it('are not where others are answered in between', () => {
    const { circuit } = start()
    for (const _ of [1, 2, 3, 4]) {
      circuit.unanswered()
      circuit.unanswered()
      circuit.answered()
    }
    expect([circuit.polls, circuit.silent]).toEqual(['well', 0])
  })

  it('that were under way when the outage began say nothing new', () => {
    const { circuit } = start()
    for (let poll = 0; poll < 256; poll += 1) circuit.unanswered()
    expect([circuit.polls, circuit.silent]).toEqual(['away', 3])
  })

  it('are well as soon as one is answered', () => {
    const { circuit } = start()
    for (const _ of [1, 2, 3]) circuit.unanswered()
    circuit.answered()
    expect([circuit.polls, circuit.silent]).toEqual(['well', 0])
  })

  it('are tried when the question was answered, and away again with the first that is not', () => {
    const { circuit } = start()
    for (const _ of [1, 2, 3]) circuit.unanswered()
    circuit.probed()
    expect([circuit.polls, circuit.isDoubtful]).toEqual(['trying', false])
    circuit.unanswered()
    expect([circuit.polls, circuit.silent]).toEqual(['away', 4])
  })

  it('are left as they are by the answer to the question where they are well', () => {
    const { circuit } = start()
    circuit.answered()
    circuit.unanswered()
    circuit.probed()
    expect([circuit.polls, circuit.silent]).toEqual(['well', 1])
  })

  it('are well, too, when a submission was taken', () => {
    const { circuit } = start()
    for (const _ of [1, 2, 3]) circuit.unanswered()
    circuit.submitted()
    expect([circuit.polls, circuit.silent, circuit.isDoubtful]).toEqual(['well', 0, false])
  })
})

describe('submissions', () => {
  it('are in doubt until something was answered, and whenever something speaks against the key or the address', () => {
    for (const answer of ['answered', 'probed', 'submitted'] as const) {
      const { circuit } = start()
      expect([circuit.isDoubtful, circuit.isCareful]).toEqual([true, false])
      circuit[answer]()
      expect(circuit.isDoubtful).toBe(false)
      circuit.doubted()
      expect(circuit.isDoubtful).toBe(true)
    }
  })

  it('are careful after one lost answer, and in doubt after two in a row', () => {
    const { circuit } = start()
    circuit.answered()
    circuit.lost()
    expect([circuit.isDoubtful, circuit.isCareful]).toEqual([false, true])
    circuit.lost()
    expect([circuit.isDoubtful, circuit.isCareful]).toEqual([true, true])
  })

  it.each(['answered', 'probed', 'submitted'] as const)('are neither any more after: %s', (answer) => {
    const { circuit } = start()
    circuit.lost()
    circuit.lost()
    circuit[answer]()
    expect([circuit.isDoubtful, circuit.isCareful]).toEqual([false, false])
    circuit.lost()
    expect(circuit.isDoubtful).toBe(false)
  })

  it('pause as long as the vendor asks for, and longer each time it refuses again', async () => {
    const { clock, circuit, refuse, from } = start()
    expect(circuit.heldUntil()).toBe(0)
    const ends = [1, 2, 3].map(() => {
      refuse()
      return circuit.heldUntil() - from
    })
    expect(ends).toEqual([10_000, 20_000, 40_000])
    await clock.advance(39_999)
    expect(circuit.heldUntil()).toBe(from + 40_000)
    await clock.advance(1)
    expect([circuit.heldUntil(), circuit.isCareful]).toEqual([0, true])
  })

  it('pause from the first length again after one was taken, and not at all before another is deferred', () => {
    const { circuit, refuse, from } = start()
    refuse()
    refuse()
    circuit.submitted()
    expect([circuit.heldUntil(), circuit.isCareful]).toEqual([0, false])
    refuse()
    expect(circuit.heldUntil()).toBe(from + 10_000)
  })

  it('never pause for less than they did', () => {
    const { circuit, refuse, from } = start()
    refuse(90_000)
    circuit.deferred(1_000, 'other')
    expect(circuit.heldUntil()).toBe(from + 90_000)
  })

  it('go on pausing when a poll is answered', () => {
    const { circuit, refuse, from } = start()
    refuse(30_000)
    circuit.answered()
    expect([circuit.heldUntil(), circuit.isCareful]).toEqual([from + 30_000, true])
  })

  it('that were deferred are in doubt', () => {
    const { circuit, refuse } = start()
    circuit.answered()
    refuse()
    expect(circuit.isDoubtful).toBe(true)
  })

  it('tell of a pause once as it begins, and once as it ends', () => {
    const { circuit, refuse, told } = start()
    refuse()
    refuse()
    circuit.submitted()
    circuit.submitted()
    expect(told).toEqual(['unreachable begins', 'unreachable ends'])
  })

  it('tell why and since when they pause, in the words of the first refusal', async () => {
    const { clock, circuit, refuse, from } = start()
    expect(circuit.pause).toBeNull()
    refuse()
    await clock.advance(500)
    circuit.deferred(1_000, 'other')
    expect(circuit.pause).toEqual({ reason: 'unreachable', message: 'refused', since: from })
    circuit.submitted()
    expect(circuit.pause).toBeNull()
  })
})
