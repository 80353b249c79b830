import { ExpectedError } from '../expected-error.ts'

/** The gateway stops. It ends the streams that are still open, and is in no result union. */
export class StoppingError extends ExpectedError {
  readonly code = 'STOPPING'
  constructor() {
    super('The gateway is stopping.')
  }
}

/** A stream whose reader is so far behind that it has to start afresh. It ends streams and is in no result union. */
export class StreamTooSlowError extends ExpectedError {
  readonly code = 'STREAM_TOO_SLOW'
  constructor() {
    super('This stream fell too far behind; subscribe again to read the state as it stands.')
  }
}
