import type { Archiver } from '../archive/archiver.ts'
import { ArchiveUnavailableError } from '../archive/error.ts'
import { submissionLife } from '../jobs/cadence.ts'
import type { Clock } from '../jobs/clock.ts'
import { HistoryUnavailableError } from '../jobs/history-error.ts'
import type { Job } from '../jobs/job.ts'
import { isTerminal, terminalStates } from '../jobs/state.ts'
import type { StoreHealth, TenantHistory } from '../jobs/store.ts'
import type { Vendor } from '../jobs/vendor.ts'
import { JobNotFoundError, JobStateError, VendorUnavailableError } from './error.ts'

export interface RemoveOptions {
  readonly history: Pick<StoreHealth, 'checkWritable'>
  readonly vendor: Pick<Vendor, 'remove'>
  /** Null where outputs are not kept. */
  readonly archiver: Pick<Archiver, 'discard'> | null
  readonly clock: Pick<Clock, 'now'>
}

/** Removes a job here and, before that, elsewhere: see `JobService.remove`. */
export function createRemove(
  { history, vendor, archiver, clock }: RemoveOptions,
  store: Pick<TenantHistory, 'job' | 'remove'>,
): (id: string, fromVendor: boolean) => Promise<Job> {
  async function removeAtVendor(predictionId: string, token: string | null): Promise<void> {
    const removed = await vendor.remove(predictionId, token)
    if (removed.ok) return
    throw new VendorUnavailableError(`The vendor did not delete it, so it was kept here: ${removed.message}`)
  }

  return async (id, fromVendor) => {
    const job = await store.job(id)
    if (job === null) throw new JobNotFoundError(id)
    if (!isTerminal(job.state)) throw new JobStateError('deleted', job.state, terminalStates)
    // Its POST may still be under way: the id of what it bills would be lost with the row.
    const { submittedAt } = job
    const isUnsettled = job.state === 'CANCELED' && job.predictionId === null && submittedAt !== null
    if (isUnsettled && clock.now() - submittedAt < submissionLife * 2) {
      throw new JobStateError('deleted', 'SUBMITTING', terminalStates)
    }
    const predictionId = fromVendor ? job.predictionId : null
    if (!archiver && job.outputs.some(({ kept }) => kept)) {
      throw new ArchiveUnavailableError(
        'Its outputs are in an archive that the gateway was started without, so it was kept. Set ARCHIVE_URL.',
      )
    }
    // What goes elsewhere cannot be brought back if the row has to stay.
    const inArchive = archiver !== null && job.state === 'COMPLETED'
    if (predictionId !== null || inArchive) await history.checkWritable()
    const done: string[] = []
    if (predictionId !== null) {
      await removeAtVendor(predictionId, job.callbackToken)
      done.push('The vendor has deleted its prediction.')
    }
    const removeRow = async () => {
      if (inArchive) done.push('Its kept outputs are deleted.')
      return store.remove(id, ({ state }) => isTerminal(state), clock.now())
    }
    let gone: Job | null
    try {
      gone = await (inArchive ? archiver.discard(id, removeRow) : removeRow())
    } catch (error) {
      throw done.length === 0 ? error : withProgress(error, done.join(' '))
    }
    if (gone === null) throw new JobNotFoundError(id)
    return gone
  }
}

/** The failure of a deletion that tells what was done before it. */
function withProgress(error: unknown, done: string): unknown {
  if (error instanceof ArchiveUnavailableError) {
    return new ArchiveUnavailableError(`${error.message} ${done}`, { cause: error.cause })
  }
  if (error instanceof HistoryUnavailableError) {
    const words = `${done} The job is still in the history: delete it again later.`
    return new HistoryUnavailableError(error.fault, { cause: error.cause }, words)
  }
  return error
}
