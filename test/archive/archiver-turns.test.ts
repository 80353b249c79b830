import { describe, expect, it } from 'vitest'
import { JobUnreadableError } from '../../src/jobs/history-error.ts'
import { archiveByHand, type Download, idOf, turns } from '../support/archiver-by-hand.ts'

const second = 1_000
const minute = 60_000

describe('a turn of a job', () => {
  it('is the last one when its output is kept', async () => {
    const world = archiveByHand()
    world.insert()
    await world.archiver.start()
    expect(await world.turn()).toBeNull()
    expect(await world.turn()).toBeNull()
    expect([world.said, world.fetched.length, world.logged]).toEqual([['Output kept.'], 1, []])
    expect(world.clock.pending).toBe(0)
  })

  it('that fails is followed by pauses that double from ten seconds up to half an hour', async () => {
    const world = archiveByHand()
    world.parts.download = () => 'later'
    world.insert()
    await world.archiver.start()
    const pauses = await turns(world, 10)
    expect(pauses).toEqual(
      [10, 20, 40, 80, 160, 320, 640, 1_280, 1_800, 1_800].map((seconds) => seconds * second),
    )
    expect(world.logged.at(-1)).toMatchObject({
      jobId: idOf(0),
      reason: 'later.',
      nextTry: new Date(world.clock.now()).toISOString(),
    })
  })

  it('comes no later than the moment at which the vendor drops an output, and then gives up', async () => {
    const world = archiveByHand()
    world.parts.download = () => 'later'
    world.insert(0, 1, 25 * second)
    await world.archiver.start()
    expect(await turns(world, 9)).toEqual([10 * second, 15 * second, null])
    expect(world.fetched).toHaveLength(2)
    expect(world.said).toEqual([
      'Gave up archiving the output: the vendor dropped it before it could be copied.',
    ])
  })

  it('believes a lasting failure when it has seen it six times, whatever came between', async () => {
    const world = archiveByHand()
    const answers: Download[] = ['lasting', 'later', 'lasting', 'lasting', 'lasting', 'lasting', 'lasting']
    world.parts.download = () => answers[world.fetched.length - 1] ?? 'file'
    world.insert()
    await world.archiver.start()
    const pauses = [10, 20, 40, 80, 160, 320].map((seconds) => seconds * second)
    expect(await turns(world, 9)).toEqual([...pauses, null])
    expect(world.said).toEqual(['Gave up archiving the output: lasting.'])
    expect(world.logged.at(-1)).toMatchObject({ jobId: idOf(0), reason: 'lasting.' })
  })

  it('is not hurried by an output that the vendor has dropped, while another may still be kept', async () => {
    const world = archiveByHand()
    world.parts.download = () => 'later'
    const { id, outputs } = world.insert(0, 2)
    const [first, other] = outputs
    if (!first || !other) throw new Error('there are two')
    const early = { ...first, expiresAt: world.clock.now() + 15 * second }
    world.rows.set(id, { ...world.insert(0, 2), outputs: [early, other] })
    await world.archiver.start()
    expect(await turns(world, 4)).toEqual([10, 5, 40, 80].map((seconds) => seconds * second))
  })

  it('gives nothing up while one of its outputs may still be kept, and says each reason once', async () => {
    const world = archiveByHand()
    world.parts.download = (url) => (url.endsWith('/2.mp4') ? 'later' : 'lasting')
    world.insert(0, 3)
    await world.archiver.start()
    await turns(world, 8)
    expect(world.said).toEqual([])
    world.parts.download = () => 'lasting'
    expect(await world.turn()).toBeNull()
    expect(world.said).toEqual(['Gave up archiving the output: lasting.'])
    expect(world.logged.some(({ reason }) => reason === 'lasting. later.')).toBe(true)
  })

  it('forgets its failures with the end of the job: another time it begins anew', async () => {
    const world = archiveByHand()
    world.parts.download = () => 'later'
    world.insert()
    await world.archiver.start()
    await turns(world, 4)
    world.rows.delete(idOf(0))
    expect(await world.turn()).toBeNull()
    world.insert()
    expect(await world.turn()).toBe(10 * second)
  })

  it('copies four outputs; the rest, and what failed, come in the next ones', async () => {
    const world = archiveByHand()
    world.parts.download = (url) => (/\/[16]\.mp4$/.test(url) ? 'later' : 'file')
    world.insert(0, 9)
    await world.archiver.start()
    const places = () => world.fetched.splice(0).map((url) => Number(/(\d)\.mp4$/.exec(url)?.[1]))
    expect([await world.turn(), places()]).toEqual([0, [0, 1, 2, 3]])
    expect([await world.turn(), places()]).toEqual([0, [4, 5, 6, 7]])
    expect([await world.turn(), places()]).toEqual([10 * second, [8]])
    world.parts.download = () => 'file'
    expect([await world.turn(), places()]).toEqual([null, [1, 6]])
    expect(world.rows.get(idOf(0))?.archived).toBe('KEPT')
  })

  it('whose first outputs failed is not done because the last ones are kept', async () => {
    const world = archiveByHand()
    world.parts.download = (url) => (url.endsWith('/0.mp4') ? 'lasting' : 'file')
    world.insert(0, 5)
    await world.archiver.start()
    expect(await world.turn()).toBe(0)
    expect(await world.turn()).toBe(10 * second)
  })

  it('that breaks is tried again ten seconds later, and says so', async () => {
    const world = archiveByHand()
    const { read } = world.parts
    world.parts.read = async () => {
      throw new Error('the history is away')
    }
    world.insert()
    await world.archiver.start()
    expect(await world.turn()).toBe(10 * second)
    expect(world.logged).toMatchObject([{ jobId: idOf(0), err: { message: 'the history is away' } }])
    world.parts.read = read
    expect(await world.turn()).toBeNull()
    expect(world.said).toEqual(['Output kept.'])
  })

  it.each([
    ['what was kept', 'file'],
    ['what was given up', 'lasting'],
  ] as const)('that cannot record %s is tried again ten seconds later', async (_name, download) => {
    const world = archiveByHand()
    world.parts.download = () => download
    world.insert()
    await world.archiver.start()
    if (download === 'lasting') await turns(world, 5)
    world.logged.length = 0
    world.parts.record = async () => {
      throw new Error('the history is away')
    }
    expect(await world.turn()).toBe(10 * second)
    expect(world.logged.at(-1)).toMatchObject({ jobId: idOf(0), err: { message: 'the history is away' } })
    world.parts.record = async () => {}
    expect(await world.turn()).toBeNull()
    expect(world.said).toHaveLength(1)
  })

  it('that cannot remove the file of a deleted job is tried again ten seconds later', async () => {
    const world = archiveByHand()
    world.insert()
    await world.archiver.start()
    world.parts.store = async () => void world.rows.delete(idOf(0))
    world.parts.remove = async () => {
      throw new Error('the archive is away')
    }
    expect(await world.turn()).toBe(10 * second)
  })

  it('that gives an output up says so in the log', async () => {
    const world = archiveByHand()
    world.parts.download = () => 'lasting'
    world.insert()
    await world.archiver.start()
    await turns(world, 9)
    expect(world.logged.at(-1)).toMatchObject({
      level: 40,
      jobId: idOf(0),
      reason: 'lasting.',
      msg: 'an output cannot be kept',
    })
  })

  it('of a row that cannot be read is the last one', async () => {
    const world = archiveByHand()
    world.insert()
    await world.archiver.start()
    world.parts.read = async () => {
      throw new JobUnreadableError(idOf(0))
    }
    expect(await world.turn()).toBeNull()
    expect(world.logged).toEqual([])
  })

  it('breaks its copies off after an hour and not before', async () => {
    const world = archiveByHand()
    world.parts.store = (_key, signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    world.insert()
    await world.archiver.start()
    const begun = world.clock.now()
    const ended = world.turn().then(() => world.clock.now() - begun)
    await world.clock.advance(2 * 60 * minute)
    expect(await ended).toBe(60 * minute)
  })

  it('removes the file that came after its job was deleted, and no file of a job that is there', async () => {
    const world = archiveByHand()
    const removed: string[] = []
    world.parts.remove = async (id) => void removed.push(id)
    world.insert(0)
    const { outputs } = world.insert(1)
    await world.archiver.start()
    world.parts.store = async () => void world.rows.delete(idOf(0))
    await world.turn(0)
    expect(removed).toEqual([idOf(0)])
    // Another process was quicker.
    const [output] = outputs
    const kept = { key: `${idOf(1)}/0.mp4`, bytes: 10, contentType: 'video/mp4' }
    world.parts.store = async () => {
      const job = world.rows.get(idOf(1))
      if (job && output) world.rows.set(job.id, { ...job, archived: 'KEPT', outputs: [{ ...output, kept }] })
    }
    await world.turn(1)
    expect(removed).toEqual([idOf(0)])
  })
})
