/** Texts to every process, of which each is told those that were sent while it listened. */
export interface Broadcast {
  /** Where it is, for people. */
  readonly place: string
  /** The largest text that can be sent. */
  readonly maxBytes: number
  /** Sends JSON; rejects if it could not be sent, and then perhaps nobody was told. */
  send(text: string): Promise<void>
  /** Answers once what is sent from then on will be heard, parsed; null is what was no JSON. */
  listen(hear: (message: unknown) => void): Promise<void>
  close(): Promise<void>
}

export interface BroadcastOptions {
  /** Told of what goes wrong on the way to the datastore; it is tried again without end. */
  readonly onError: (error: Error) => void
  /** Told when messages may have been missed, once they are heard again. */
  readonly onGap: () => void
}
