/**
 * The fence around one process: everything between it and the world passes here. Once it is dead nothing that it was
 * waiting for answers any more and nothing that it set out to do happens, as after SIGKILL.
 */
export interface Life {
  readonly dead: boolean
  /** Resolves when it dies. */
  readonly died: Promise<void>
  kill(): void
  /** It dies after this many more crossings: just before the last one does what it is for, or just after. */
  light(crossings: number, side: 'before' | 'after'): void
  /** It stands still until the answered function is called, as after SIGSTOP: whatever happens meanwhile reaches it then. */
  freeze(): () => void
  /** Something reaches it: a timer, an answer, a question. */
  reach(act: () => void): void
  /** Does something in the world for it. */
  cross<T>(act: () => T): T | Promise<never>
  /** The same promise, which never answers a dead one. */
  guard<T>(promise: Promise<T>): Promise<T>
}

/** Each caller gets one of its own: a single one would remember everybody who ever waited for it. */
const never = () => new Promise<never>(() => {})

export function createLife(): Life {
  let dead = false
  let fuse: { left: number; readonly side: 'before' | 'after' } | null = null
  /** What waits for it to go on; null while it runs. */
  let waiting: (() => void)[] | null = null
  let announce = () => {}
  const died = new Promise<void>((resolve) => {
    announce = resolve
  })

  function kill(): void {
    dead = true
    announce()
  }

  function reach(act: () => void): void {
    if (dead) return
    if (waiting) waiting.push(act)
    else act()
  }

  function thaw(): void {
    const due = waiting ?? []
    waiting = null
    for (const act of due) reach(act)
  }

  return {
    get dead() {
      return dead
    },
    died,
    kill,
    light(crossings, side) {
      fuse = { left: crossings, side }
    },
    freeze() {
      waiting ??= []
      return thaw
    },
    reach,
    cross(act) {
      if (dead) return never()
      if (fuse) fuse.left -= 1
      const ends = fuse !== null && fuse.left <= 0
      if (ends && fuse?.side === 'before') {
        kill()
        return never()
      }
      if (!ends) return act()
      try {
        const last: unknown = act()
        if (last instanceof Promise) last.catch(() => {})
      } catch {
        // What it would have been told.
      }
      kill()
      return never()
    },
    guard: (promise) =>
      new Promise((resolve, reject) => {
        promise.then(
          (value) => reach(() => resolve(value)),
          (error: unknown) => reach(() => reject(error)),
        )
      }),
  }
}
