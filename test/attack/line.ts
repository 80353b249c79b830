import { connect, type Socket } from 'node:net'

/** A connection on which bytes are sent as they are. */
export interface Line {
  readonly socket: Socket
  /** What came so far, a character for each byte: the first megabyte. */
  text(): string
  /** How much came so far. */
  bytes(): number
  isClosed(): boolean
  write(data: string | Buffer): void
  /** Waits until what came satisfies this, or the connection is closed, or the time is over. */
  until(isThere: (text: string) => boolean, ms?: number): Promise<void>
  end(): void
}

const patienceMs = 15_000
const mostKept = 1_000_000

export async function open(port: number): Promise<Line> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  let bytes = 0
  let closed = false
  let wake = () => {}
  socket.on('data', (data) => {
    bytes += data.length
    if (text.length < mostKept) text += data.toString('latin1')
    wake()
  })
  // What was still under way when the other side closed.
  socket.on('error', () => {})
  socket.on('close', () => {
    closed = true
    wake()
  })
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve)
    socket.once('close', () => resolve())
  })
  return {
    socket,
    text: () => text,
    bytes: () => bytes,
    isClosed: () => closed,
    write(data) {
      if (!socket.destroyed) socket.write(data)
    },
    async until(isThere, ms = patienceMs) {
      let isLate = false
      const timer = setTimeout(() => {
        isLate = true
        wake()
      }, ms)
      while (!closed && !isLate && !isThere(text)) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      clearTimeout(timer)
    },
    end: () => void socket.destroy(),
  }
}
