import { describe, expect, it } from 'vitest'
import { ArchiveUnavailableError } from '../../src/archive/error.ts'
import { HistoryUnavailableError } from '../../src/jobs/history-error.ts'
import type { Job } from '../../src/jobs/job.ts'
import { createRemove } from '../../src/service/remove.ts'
import { sampleJob } from '../support/job.ts'

const now = 1_000_000
const output = { url: 'https://vendor.example/a.mp4', nsfw: null, expiresAt: 0 }
const kept = { key: 'a/0.mp4', bytes: 1, contentType: 'video/mp4' }
const id = 'a'

/** A deletion of one job, and what it does where, in order. */
function start(
  change: Partial<Job> | null,
  parts: { archived?: boolean; faults?: Record<string, unknown> } = {},
) {
  const { archived = false, faults = {} } = parts
  const done: unknown[] = []
  const note = (name: string, ...args: unknown[]) => {
    done.push([name, ...args])
    if (name in faults) throw faults[name]
  }
  const job =
    change && sampleJob({ id, state: 'COMPLETED', predictionId: 'p', callbackToken: 't', ...change })
  /** The job as it is when its row is removed. */
  let row = job
  const remove = createRemove(
    {
      history: { checkWritable: async () => note('checkWritable') },
      vendor: {
        async remove(...args) {
          note('vendor', ...args)
          return 'refusal' in faults ? { ok: false, message: String(faults['refusal']) } : { ok: true }
        },
      },
      archiver: archived
        ? {
            async discard(jobId, removeRow) {
              note('archive', jobId)
              return removeRow()
            },
          }
        : null,
      clock: { now: () => now },
    },
    {
      job: async () => job,
      async remove(jobId, allowed, at) {
        note('row', jobId, at)
        return row && allowed(row) ? row : null
      },
    },
  )
  return {
    job,
    done,
    remove: (fromVendor = false) => remove(id, fromVendor),
    becomes(next: Job | null) {
      row = next
    },
  }
}
const removed = ['row', id, now]

describe('a deletion', () => {
  it('removes a job that has ended, and answers it', async () => {
    for (const state of ['COMPLETED', 'FAILED', 'CANCELED'] as const) {
      const { job, done, remove } = start({ state })
      expect(await remove()).toBe(job)
      expect(done).toEqual([removed])
    }
  })

  it('is refused for a job that has not, or is not there', async () => {
    for (const state of ['QUEUED', 'SUBMITTING', 'CREATED', 'PROCESSING'] as const) {
      const { done, remove } = start({ state })
      await expect(remove(true)).rejects.toMatchObject({
        code: 'JOB_STATE',
        state,
        allowed: ['COMPLETED', 'FAILED', 'CANCELED'],
        message: expect.stringContaining('cannot be deleted'),
      })
      expect(done).toEqual([])
    }
    await expect(start(null).remove()).rejects.toMatchObject({ code: 'JOB_NOT_FOUND', jobId: id })
  })

  it.each([
    ['was deleted', null],
    ['is another', sampleJob({ id, state: 'QUEUED' })],
  ])('says that there is none where it %s meanwhile', async (_name, row) => {
    const { remove, becomes } = start({})
    becomes(row)
    await expect(remove()).rejects.toMatchObject({ code: 'JOB_NOT_FOUND', jobId: id })
  })

  it('of a canceled job waits until its POST, and one that was begun right after, is over', async () => {
    const open = { state: 'CANCELED', predictionId: null } as const
    const { remove, done } = start({ ...open, submittedAt: now - 59_999 })
    await expect(remove()).rejects.toMatchObject({
      code: 'JOB_STATE',
      state: 'SUBMITTING',
      allowed: ['COMPLETED', 'FAILED', 'CANCELED'],
      message: expect.stringContaining('cannot be deleted'),
    })
    expect(done).toEqual([])
    for (const over of [
      { ...open, submittedAt: now - 60_000 },
      { ...open, submittedAt: null },
      { ...open, submittedAt: now, predictionId: 'p' },
      { ...open, submittedAt: now, state: 'FAILED' } as const,
    ])
      expect(await start(over).remove()).toMatchObject({ id })
  })

  it('is one at the vendor first, if that is asked for and knows it', async () => {
    const { done, remove } = start({})
    await remove(true)
    expect(done).toEqual([['checkWritable'], ['vendor', 'p', 't'], removed])
    const unknown = start({ predictionId: null })
    await unknown.remove(true)
    expect(unknown.done).toEqual([removed])
  })

  it('keeps the job where the vendor refuses, in words', async () => {
    const { done, remove } = start({}, { faults: { refusal: 'HTTP 500' } })
    await expect(remove(true)).rejects.toMatchObject({
      code: 'VENDOR_UNAVAILABLE',
      message: 'The vendor did not delete it, so it was kept here: HTTP 500',
    })
    expect(done).not.toContainEqual(removed)
  })

  it('is one in the archive, of a job whose outputs may be there', async () => {
    const completed = start({}, { archived: true })
    await completed.remove()
    expect(completed.done).toEqual([['checkWritable'], ['archive', id], removed])
    const failed = start({ state: 'FAILED' }, { archived: true })
    await failed.remove()
    expect(failed.done).toEqual([removed])
  })

  it('keeps a job whose outputs are in an archive that is not there', async () => {
    const { done, remove } = start({ outputs: [output, { ...output, kept }] })
    await expect(remove(true)).rejects.toMatchObject({
      code: 'ARCHIVE_UNAVAILABLE',
      message: expect.stringContaining('ARCHIVE_URL'),
    })
    expect(done).toEqual([])
    expect(await start({ outputs: [output] }).remove()).toMatchObject({ id })
    expect(await start({ outputs: [{ ...output, kept }] }, { archived: true }).remove()).toMatchObject({ id })
  })

  it('begins nothing elsewhere while the history cannot be written', async () => {
    const full = new HistoryUnavailableError('full')
    const { done, remove } = start({}, { archived: true, faults: { checkWritable: full } })
    await expect(remove(true)).rejects.toBe(full)
    expect(done).toEqual([['checkWritable']])
  })
})

describe('a deletion that fails on its way', () => {
  const atVendor = 'The vendor has deleted its prediction.'
  const inArchive = 'Its kept outputs are deleted.'
  const rest = 'The job is still in the history: delete it again later.'
  const cause = new Error('the cause')
  const full = new HistoryUnavailableError('full', { cause })
  const history = (words: string) => ({
    code: 'HISTORY_UNAVAILABLE',
    fault: 'full',
    cause,
    message: `The history is not available: its disk is full. ${words} ${rest}`,
  })

  it.each([
    [atVendor, false, true],
    [inArchive, true, false],
    [`${atVendor} ${inArchive}`, true, true],
  ])('at the history tells what is done: %s', async (words, archived, fromVendor) => {
    const { remove } = start({}, { archived, faults: { row: full } })
    await expect(remove(fromVendor)).rejects.toMatchObject(history(words))
  })

  it('at the archive tells what is done', async () => {
    const archive = new ArchiveUnavailableError('It does not answer.', { cause })
    const { remove } = start({}, { archived: true, faults: { archive } })
    await expect(remove(true)).rejects.toMatchObject({
      code: 'ARCHIVE_UNAVAILABLE',
      message: `It does not answer. ${atVendor}`,
      cause,
    })
  })

  it('before anything is done, or in an unforeseen way, is told as it is', async () => {
    const unforeseen = new Error('unforeseen')
    await expect(start({}, { faults: { row: full } }).remove()).rejects.toBe(full)
    await expect(start({}, { faults: { row: unforeseen } }).remove(true)).rejects.toBe(unforeseen)
  })
})
