import { ExpectedError } from '../expected-error.ts'

/** Nobody is signed in, or what was shown is none of ours, or not any more. The words do not tell which. */
export class UnauthenticatedError extends ExpectedError {
  readonly code = 'UNAUTHENTICATED'
  constructor(options?: ErrorOptions) {
    super('A valid key or token is needed: send it as "Authorization: Bearer …".', options)
  }
}

/** The rights of a stream's viewer have ended. It ends streams and is in no result union. */
export class AccessEndedError extends ExpectedError {
  readonly code = 'ACCESS_ENDED'
  readonly why: 'revoked' | 'expired'
  constructor(why: 'revoked' | 'expired') {
    super(`The key or token of this stream is ${why}: subscribe again with a valid one.`)
    this.why = why
  }
}

/** The identity provider did not say which keys it signs with, so nobody can tell whether a token is genuine. */
export class IdentityUnavailableError extends ExpectedError {
  readonly code = 'IDENTITY_UNAVAILABLE'
  constructor(options?: ErrorOptions) {
    super('The identity provider cannot be asked for its keys just now: try again later.', options)
  }
}

/** What an administrator asked for is not allowed, or makes no sense. */
export class AccessKeyError extends ExpectedError {
  readonly code = 'ACCESS_KEY'
}

/** No key of the tenant has this id. */
export class AccessKeyNotFoundError extends ExpectedError {
  readonly code = 'ACCESS_KEY_NOT_FOUND'
  constructor(id: string) {
    super(`There is no key with the id ${JSON.stringify(id.slice(0, 80))}.`)
  }
}
