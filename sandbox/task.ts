import type { TaskFault } from './faults.ts'

/** A task that a submit created. Its state is computed from the clock whenever someone asks. */
export interface Task {
  readonly id: string
  readonly model: string
  readonly input: { readonly [key: string]: unknown }
  readonly price: number
  readonly createdAt: number
  /** When a slot was or will be free for it. */
  readonly startsAt: number
  /** When it ends; infinite when it never does. */
  readonly endsAt: number
  readonly faults: readonly TaskFault[]
  readonly webhook: string | undefined
}
