import { HistoryUnavailableError } from '../jobs/history-error.ts'

/** How something stands that the gateway needs. */
export interface Check {
  readonly ok: boolean
  readonly detail?: string
}

export type Checks = Readonly<Record<string, Check>>

/** A question that takes longer is answered with no: who asks has a limit of his own. */
const limitMs = 2_000 // 2 seconds

/**
 * Answers who asks about several things, all at once and each within the limit. What does not answer is not asked again
 * before it has, so that questions do not pile up on a database that hangs.
 */
export function createChecks(): (
  asked: Readonly<Record<string, () => Check | Promise<Check>>>,
) => Promise<Checks> {
  const pending = new Map<string, Promise<Check>>()

  function ask(name: string, check: () => Check | Promise<Check>): Promise<Check> {
    const asked =
      pending.get(name) ??
      Promise.resolve()
        .then(check)
        .catch(unavailable)
        .finally(() => pending.delete(name))
    pending.set(name, asked)
    return withinLimit(asked)
  }

  return async (asked) =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(asked).map(
          async ([name, check]): Promise<[string, Check]> => [name, await ask(name, check)],
        ),
      ),
    )
}

function unavailable(error: unknown): Check {
  if (!(error instanceof HistoryUnavailableError)) throw error
  return { ok: false, detail: error.message }
}

/** In real time, whatever the clock of the gateway is: so is the limit of who asks. */
function withinLimit(asked: Promise<Check>): Promise<Check> {
  const late = { ok: false, detail: `It does not answer within ${limitMs / 1_000} seconds.` }
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(late), limitMs)
    asked.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
