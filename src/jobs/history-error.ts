import { ExpectedError } from '../expected-error.ts'

/** What is wrong with the history's file, in words for people. */
const historyFaults = {
  busy: 'another program holds its file',
  'read-only': 'its file or file system is read-only',
  full: 'its disk is full',
  broken: 'its file cannot be read or written',
  unreachable: 'its database does not answer',
  replaced: 'its file was removed, replaced or mounted over',
} as const

export type HistoryFault = keyof typeof historyFaults

/**
 * The history cannot be written, or not even read, just now; nothing was changed, unless its words say so. It says
 * nothing of what was asked and may meet any operation, so it is in no result union.
 */
export class HistoryUnavailableError extends ExpectedError {
  readonly code = 'HISTORY_UNAVAILABLE'
  readonly fault: HistoryFault
  /** @param done what was changed all the same, and what to do about it, in a sentence */
  constructor(fault: HistoryFault, options?: ErrorOptions, done = 'Nothing was changed; try again later.') {
    super(`The history is not available: ${historyFaults[fault]}. ${done}`, options)
    this.fault = fault
  }
}

/** A job whose record in the history is broken. It is in no result union: a person has to repair or remove the row. */
export class JobUnreadableError extends ExpectedError {
  readonly code = 'JOB_UNREADABLE'
  constructor(jobId: string) {
    super(`The record of the job ${JSON.stringify(jobId.slice(0, 80))} is broken: it cannot be read.`)
  }
}

/** A list was given up on the way to its jobs: no index leads to them, and there are too many others. It is in no result union. */
export class SearchTooLongError extends ExpectedError {
  readonly code = 'SEARCH_TOO_LONG'
  constructor(limitMs: number) {
    super(
      `The list was given up: it would take longer than ${limitMs / 1_000} seconds. Ask for a longer text, for jobs of some ` +
        'time, or in the order of their creation; or try again later.',
    )
  }
}
