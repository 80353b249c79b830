import { describe, expect, it } from 'vitest'
import { archiveByHand, day, idOf } from '../support/archiver-by-hand.ts'

const second = 1_000
const minute = 60_000
const fail = async () => {
  throw new Error('away')
}

/** A promise that is settled from outside. */
function gate() {
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open: () => open(), opened }
}

describe('the start of keeping', () => {
  it.each([
    ['all copies', false, Number.NEGATIVE_INFINITY],
    ['where others copy, too, those that are older than two hours', true, 120 * minute],
  ])('removes what broke off of %s', async (_name, shared, age) => {
    const world = archiveByHand({ shared })
    const ages: number[] = []
    world.parts.recover = async (before) => void ages.push(world.clock.now() - before)
    await world.archiver.start()
    expect(ages).toEqual([age])
  })

  it('fails where the rows cannot be read', async () => {
    const world = archiveByHand()
    world.parts.repair = fail
    await expect(world.archiver.start()).rejects.toThrow('away')
  })

  it('does not wait for an archive that is away', async () => {
    const world = archiveByHand()
    world.parts.recover = fail
    world.insert()
    await world.archiver.start()
    expect(await world.turn()).toBeNull()
    expect(world.said).toEqual(['Output kept.'])
    expect(world.logged).toMatchObject([{ err: { message: 'away' } }])
  })
})

describe('copies that others make, too,', () => {
  it('are made due every five minutes, if a process died that should have done so', async () => {
    const world = archiveByHand({ shared: true })
    let repairs = 0
    world.parts.repair = async () => {
      repairs += 1
      if (repairs === 3) throw new Error('away')
    }
    await world.archiver.start()
    await world.clock.advance(5 * minute - 1)
    expect(repairs).toBe(1)
    await world.clock.advance(1)
    expect(repairs).toBe(2)
    await world.clock.advance(5 * minute)
    expect(world.logged).toMatchObject([{ err: { message: 'away' } }])
    await world.clock.advance(5 * minute)
    expect(repairs).toBe(4)
  })

  it('are left alone after the stop, also by a repair that was under way', async () => {
    const world = archiveByHand({ shared: true })
    await world.archiver.start()
    const { opened, open } = gate()
    world.parts.repair = () => opened
    await world.clock.advance(5 * minute)
    await world.archiver.stop()
    open()
    await world.clock.advance(day)
    expect(world.clock.pending).toBe(0)
    const idle = archiveByHand({ shared: true })
    await idle.archiver.start()
    await idle.archiver.stop()
    expect(idle.clock.pending).toBe(0)
  })

  it('end what is remembered of jobs that others have finished, and of no other', async () => {
    const world = archiveByHand({ shared: true })
    world.parts.download = () => 'later'
    const jobs = [world.insert(0), world.insert(1)]
    await world.archiver.start()
    for (const number of [0, 1]) await world.turn(number)
    world.rows.delete(idOf(0))
    await world.clock.advance(5 * minute)
    for (const job of jobs) world.rows.set(job.id, job)
    expect([await world.turn(0), await world.turn(1)]).toEqual([10 * second, 20 * second])
  })
})

describe('a change of a job', () => {
  it('has its outputs copied at once, if it has some and nobody copies them', async () => {
    const world = archiveByHand()
    await world.archiver.start()
    const job = world.insert()
    world.archiver.wake({ ...job, outputs: [] })
    expect(world.put).toEqual([])
    world.archiver.wake(job)
    expect(world.put).toEqual([job.id])
    const { opened, open } = gate()
    world.parts.store = () => opened
    const ended = world.turn()
    world.archiver.wake(job)
    expect(world.put).toHaveLength(1)
    open()
    await ended
    world.archiver.wake(job)
    expect(world.put).toHaveLength(2)
    await world.archiver.stop()
    world.archiver.wake(job)
    expect(world.put).toHaveLength(2)
  })

  it('that cannot be put on the list is a line in the log', async () => {
    const world = archiveByHand()
    await world.archiver.start()
    world.parts.put = fail
    world.archiver.wake(world.insert())
    await world.clock.advance(0)
    expect(world.logged).toMatchObject([{ jobId: idOf(0), err: { message: 'away' } }])
  })
})

describe('a deletion', () => {
  it('keeps copies away until the last of several has ended', async () => {
    const world = archiveByHand()
    const job = world.insert()
    await world.archiver.start()
    world.put.length = 0
    const gates = [gate(), gate(), gate()]
    const discards = gates.map(({ opened }) => world.archiver.discard(job.id, () => opened))
    for (const [index, { open }] of gates.entries()) {
      world.archiver.wake(job)
      expect([await world.turn(), world.put, world.fetched]).toEqual([10 * second, [], []])
      open()
      await discards[index]
    }
    world.archiver.wake(job)
    expect(world.put).toEqual([job.id])
  })

  it('breaks off the copy that is under way, waits for its end, and answers what removes the row', async () => {
    const world = archiveByHand()
    world.insert()
    await world.archiver.start()
    const order: string[] = []
    world.parts.store = (_key, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () =>
          setImmediate(() => {
            order.push('the copy ends')
            reject(signal.reason)
          }),
        )
      })
    const ended = world.turn()
    await world.clock.advance(0)
    world.parts.remove = async () => void order.push('the files go')
    expect(await world.archiver.discard(idOf(0), async () => 'gone')).toBe('gone')
    expect(await ended).toBeNull()
    expect(order).toEqual(['the copy ends', 'the files go'])
    expect(world.clock.pending).toBe(0)
  })

  it('that the archive does not carry out leaves the job, which is copied again at once', async () => {
    const world = archiveByHand()
    world.insert()
    await world.archiver.start()
    world.put.length = 0
    world.parts.remove = fail
    let removed = false
    const discarded = world.archiver.discard(idOf(0), async () => {
      removed = true
    })
    await expect(discarded).rejects.toMatchObject({
      code: 'ARCHIVE_UNAVAILABLE',
      message: expect.stringContaining('(Error)'),
    })
    expect([removed, world.put]).toEqual([false, [idOf(0)]])
    expect(world.logged).toMatchObject([{ jobId: idOf(0), err: { message: 'away' } }])
    expect(world.clock.pending).toBe(0)
  })

  it('that does not come about forgets no failure of its copies', async () => {
    const world = archiveByHand()
    world.parts.download = () => 'later'
    world.insert()
    await world.archiver.start()
    expect(await world.turn()).toBe(10 * second)
    await expect(
      world.archiver.discard(idOf(0), () => Promise.reject(new Error('the row stays'))),
    ).rejects.toThrow('the row stays')
    expect(await world.turn()).toBe(20 * second)
  })

  it('waits ten seconds for the archive and not longer', async () => {
    const world = archiveByHand()
    world.insert()
    await world.archiver.start()
    world.parts.remove = (_id, signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const begun = world.clock.now()
    const gaveUp = world.archiver
      .discard(idOf(0), async () => {})
      .catch((error: Error) => ({
        after: world.clock.now() - begun,
        message: error.message,
      }))
    await world.clock.advance(minute)
    expect(await gaveUp).toEqual({
      after: 10 * second,
      message: expect.stringContaining('(TimeoutError)'),
    })
  })
})

describe('a stop', () => {
  it('is over when its queue has stopped', async () => {
    const world = archiveByHand()
    let end = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    world.parts.stopLoop = () => ended
    let over = false
    const stopped = world.archiver.stop().then(() => {
      over = true
    })
    await world.clock.advance(0)
    expect(over).toBe(false)
    end()
    await stopped
    expect(over).toBe(true)
  })

  it('breaks off every copy, which counts against none of them', async () => {
    const world = archiveByHand()
    world.insert(0)
    world.insert(1)
    await world.archiver.start()
    world.parts.store = (_key, signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('broken off'))))
    const ended = Promise.all([0, 1].map(world.turn))
    await world.clock.advance(0)
    await world.archiver.stop()
    expect(await ended).toEqual([null, null])
    expect([world.said, world.logged]).toEqual([[], []])
  })
})

describe('the health of the archive', () => {
  it('is asked for anew after five seconds', async () => {
    const world = archiveByHand()
    let checks = 0
    world.parts.check = async () => {
      checks += 1
    }
    const asked = async () => {
      await world.archiver.health()
      return checks
    }
    expect([await asked(), await asked()]).toEqual([1, 1])
    await world.clock.advance(5 * second - 1)
    expect(await asked()).toBe(1)
    await world.clock.advance(1)
    expect(await asked()).toBe(2)
  })

  it('is asked for anew once a file was kept', async () => {
    const world = archiveByHand()
    world.parts.check = fail
    expect(await world.archiver.health()).toEqual({ ok: false, detail: 'it cannot be written: Error' })
    world.parts.check = async () => {}
    world.insert()
    await world.archiver.start()
    await world.turn()
    expect(await world.archiver.health()).toEqual({ ok: true })
  })
})
