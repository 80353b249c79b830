import type { Clock } from './clock.ts'

/** Pauses that a stop ends; after it there are none. */
export interface Pauses {
  pause(ms: number): Promise<void>
  end(): void
}

export function createPauses(clock: Pick<Clock, 'after'>): Pauses {
  const open = new Set<() => void>()
  let ended = false
  return {
    pause(ms) {
      if (ended) return Promise.resolve()
      return new Promise((resolve) => {
        const over = () => {
          cancel()
          open.delete(over)
          resolve()
        }
        const cancel = clock.after(ms, over)
        open.add(over)
      })
    },
    end() {
      ended = true
      for (const over of open) over()
    },
  }
}
