/**
 * What the engine promises, whatever happens. `off` names why a promise is not kept yet: what breaks it is counted, and
 * fails nothing.
 */
export const rules = {
  'one-task': { promise: 'A job makes one task at the vendor at the most.' },
  'create-lasts': {
    promise: 'A job that was acknowledged is in the history until a user deletes it, with its input.',
  },
  states: { promise: 'States change as the table of the life of a job says.' },
  versions: {
    promise: 'Each change makes the version one higher, and time never runs backwards in a history.',
  },
  'terminal-stays': { promise: 'A job that has ended keeps its state, its end, its error and its outputs.' },
  'stream-grows': { promise: 'A stream tells of each version once, in order.' },
  'stream-whole': {
    promise: 'A stream leaves out no version where answers come in the order of their commits.',
  },
  'stream-soon': {
    promise: 'A stream tells of the end of its job within ten seconds, whichever gateway wrote it.',
  },
  'stream-end': { promise: 'A stream of a job ends with its end, told once.' },
  'mirror-grows': {
    promise:
      'Over all connections, a stream of changes tells of each version once, in order, of each deletion once, and of nothing after it or of other tenants.',
  },
  'mirror-whole': {
    promise:
      'A copy that is kept by a stream of changes is the history each time it is told that this is all, wherever and however often its client comes back.',
  },
  'mirror-soon': {
    promise:
      'While nothing hinders it, a stream of changes tells everything within five seconds, deletions too, whichever gateway wrote it.',
  },
  'mirror-goes-on': {
    promise:
      'Whoever comes back with a sequence is let in as long as deletions are known, no longer, and the stream goes on until somebody leaves.',
  },
  'account-limits': { promise: 'The vendor never refuses a submission for the limits of the account.' },
  'account-limits-at-vendor': {
    promise:
      "The same where jobs were deleted or ended here before the vendor's task was over, or a POST came up to 30 seconds late.",
  },
  'account-limits-over-jumps': {
    promise:
      'The same where a clock was set, but for a process that begins by one that was set forward since the last.',
  },
  fair: {
    promise: 'A tenant that has nothing at the vendor goes before every one that was served later.',
  },
  'holds-are-shared': {
    promise:
      'What the vendor refuses pauses for all who share a history, and one job at a time tries whether that is over.',
  },
  'not-billed': { promise: 'A job that is said to cost nothing has no task that is to be paid.' },
  'video-reaches': { promise: 'A video that the vendor completed reaches its job.' },
  'video-reaches-over-jumps': { promise: 'The same where a clock was set while the job ran.' },
  'key-one-job': { promise: 'A key makes one job.' },
  'own-task': { promise: 'A job holds its own task and no other.' },
  'own-task-of-equals': {
    promise: 'The same among requests that are equal to the letter.',
  },
  'polls-bounded': {
    promise: 'A prediction is asked for as often as the cadence says, and three times that at the most.',
  },
  'one-asks': {
    promise:
      'No process asks after a prediction while another one does, unless that one stood still or a clock was set.',
  },
  'outage-bounded': {
    promise: 'While the vendor is away, the requests of a minute are few, however many jobs are open.',
  },
  'row-bounded': { promise: 'The timeline of a job and its texts are bounded by the time it takes.' },
  'every-job-ends': { promise: 'Once everything works again every job ends.' },
  'nothing-left': {
    promise: 'A gateway that has stopped leaves no timer, no listener, no step and no lease.',
  },
  'sent-is-sent': { promise: 'Only a job whose request left the machine is said to be sent.' },
  'sent-is-sent-over-crashes': {
    promise: 'The same where the process ended before it could note that the request leaves.',
  },
  'callback-proves': { promise: 'A forged callback is refused and changes nothing.' },
  'callback-taken': {
    promise: 'A callback of the vendor about the task of a job is taken, whenever the history answers.',
  },
  'stop-in-time': { promise: 'A stop takes less than ten seconds, whatever the vendor does.' },
  'secrets-stay': {
    promise: 'No log line and no record quotes the key, the secret of webhooks or the token of a callback.',
  },
  'errors-foreseen': { promise: 'Every error that a user or the log is told of is one of the catalogue.' },
} as const satisfies Record<string, { readonly promise: string; readonly off?: string }>

export type RuleName = keyof typeof rules

export interface Breach {
  readonly rule: RuleName
  readonly detail: string
}

export interface Judge {
  report(rule: RuleName, detail: string): void
  /** Breaches of rules that are on. */
  readonly breaches: readonly Breach[]
  /** How often each rule that is off was broken. */
  readonly known: ReadonlyMap<RuleName, number>
}

/** Reported once for each rule and run; the first is what there is to look at. */
export function createJudge(onBreach: (breach: Breach) => void): Judge {
  const breaches: Breach[] = []
  const known = new Map<RuleName, number>()
  return {
    breaches,
    known,
    report(rule, detail) {
      if ('off' in rules[rule]) {
        known.set(rule, (known.get(rule) ?? 0) + 1)
        return
      }
      if (breaches.some((breach) => breach.rule === rule)) return
      const breach = { rule, detail }
      breaches.push(breach)
      onBreach(breach)
    },
  }
}
