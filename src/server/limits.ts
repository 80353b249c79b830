/** What one client may make the gateway hold and do. Bytes and counts are bounds of memory, not of a well-meant use. */
export interface Limits {
  /** What may wait for a socket before one more message is written to it. */
  readonly waitingBytes: number
  /** How long a write may make no progress at all. */
  readonly stallMs: number
  /** The same for kept outputs: a video that is paused is read no further. */
  readonly outputStallMs: number
  /** Queries and mutations that run at once on a WebSocket or a single-connection stream. */
  readonly operations: number
  /** Subscriptions that are open at once there. */
  readonly subscriptions: number
  /** Requests that wait behind another one of their connection. */
  readonly pipelined: number
  /** How long the head of a request may take, from the opening of its connection or from its first byte. */
  readonly headersMs: number
  /** How long the body of a request may take, if it is no upload. */
  readonly requestMs: number
  /** How long a connection is kept for the next request. */
  readonly keepAliveMs: number
  /** How often these are checked: a slow request is noticed so much later. */
  readonly checkingMs: number
  /** Connections that all addresses together may have open. */
  readonly connections: number
  /** Connections that one address may have open; loopback may have any number. */
  readonly connectionsPerAddress: number
  /** WebSockets that it may ask for in a minute. */
  readonly handshakesPerMinute: number
  /** Keys that it may try in a minute and that are none. */
  readonly wrongKeysPerMinute: number
  /** How long a WebSocket may wait with the message by which it begins. */
  readonly initMs: number
  /**
   * Characters of all texts in one answer: room for a page of a hundred jobs whose texts are as long as they may be. What
   * an operation may ask for is bounded before it runs; this is for what is known only then: texts that were recorded before
   * they had a bound, and the lengths of lists that have none, such as `retries`.
   */
  readonly answerCharacters: number
}

export const defaultLimits: Limits = {
  waitingBytes: 4_000_000, // 4 MB
  stallMs: 30_000, // 30 seconds
  outputStallMs: 600_000, // 10 minutes
  operations: 100,
  subscriptions: 2_000,
  pipelined: 100,
  headersMs: 10_000, // 10 seconds
  requestMs: 30_000, // 30 seconds
  keepAliveMs: 5_000, // 5 seconds
  checkingMs: 1_000, // 1 second
  connections: 20_000,
  connectionsPerAddress: 1_000,
  handshakesPerMinute: 1_000,
  wrongKeysPerMinute: 30,
  initMs: 3_000, // 3 seconds
  answerCharacters: 8_000_000,
}
