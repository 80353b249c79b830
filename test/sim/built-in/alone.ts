import { type BuiltIn, change } from './fault.ts'

/** Of a gateway that has the history to itself. */
export const alone: readonly BuiltIn[] = [
  {
    name: 'a POST whose connection broke is sent again',
    rules: ['one-task'],
    within: 100,
    changes: [
      change(
        'app/vendor.ts',
        '    ),\n    fetch,\n',
        '    ),\n    fetch: (request, options) => fetch(request.clone(), options).catch(() => fetch(request, options)),\n',
      ),
    ],
  },
  {
    name: 'a lost answer counts as not taken',
    rules: ['one-task'],
    within: 100,
    changes: [
      change(
        'wavespeed/outcome.ts',
        "    case 'not-sent':\n",
        "    case 'not-sent':\n    case 'interrupted':\n",
      ),
      change(
        'wavespeed/outcome.ts',
        "    case 'interrupted':\n    case 'not-json':\n",
        "    case 'not-json':\n",
      ),
    ],
  },
  {
    name: 'a submission that a crash cut short is sent again',
    rules: ['one-task'],
    within: 300,
    changes: [
      change(
        'worker/step.ts',
        '    if (isActive(job.state)) return job.predictionId === null',
        "    if (job.state === 'SUBMITTING')\n      return finish(job, { type: 'deferred', message: 'again', until: 0 }, 0)\n    if (isActive(job.state)) return job.predictionId === null",
      ),
    ],
  },
  {
    name: 'what has ended can be canceled',
    rules: ['terminal-stays', 'states'],
    within: 100,
    changes: [
      change(
        'jobs/state.ts',
        "    case 'canceled':\n      if (isTerminal(job.state)) return null\n",
        "    case 'canceled':\n",
      ),
    ],
  },
  {
    name: 'what is no report fails a job at its deadline',
    rules: ['video-reaches'],
    within: 3_000,
    changes: [
      change(
        'worker/step.ts',
        "    if (outcome.kind !== 'report' && watched.isOver(sentAtOf(job), retention)) {\n",
        "    if (outcome.kind !== 'report' && now >= (job.deadlineAt ?? now)) {\n",
      ),
    ],
  },
  {
    name: 'the window of the rate is half as long',
    rules: ['account-limits'],
    within: 100,
    changes: [change('spending/window.ts', 'rateWindowMs = 61_000', 'rateWindowMs = 30_000')],
  },
  {
    name: 'a stream leaves out every second change',
    rules: ['stream-whole'],
    within: 100,
    changes: [
      change(
        'service/follow.ts',
        'result.value.version > present.version',
        'result.value.version > present.version + (isTerminal(result.value.state) ? 0 : 1)',
      ),
    ],
  },
  {
    name: 'a stream tells a version twice',
    rules: ['stream-grows', 'stream-end'],
    within: 100,
    changes: [
      change(
        'service/follow.ts',
        'result.value.version > present.version',
        'result.value.version >= present.version',
      ),
    ],
  },
  {
    name: 'a callback need not be signed',
    rules: ['callback-proves'],
    within: 100,
    changes: [change('wavespeed/webhook.ts', "        if (!isSigned()) return { kind: 'forged' }\n", '')],
  },
  {
    name: 'a callback is judged before the history has answered',
    rules: ['callback-taken'],
    within: 100,
    changes: [
      change(
        'worker/callback.ts',
        'const holder = await work.jobOfPrediction(report.id)',
        'const holder = work.jobOfPrediction(report.id)',
      ),
    ],
  },
  {
    name: "the vendor's words are taken over with what they quote",
    rules: ['secrets-stay'],
    within: 100,
    changes: [change('wavespeed/envelope.ts', 'redactor.text(text).slice(0, 500)', 'text.slice(0, 500)')],
  },
  {
    name: 'a stop leaves a timer',
    rules: ['nothing-left'],
    within: 10,
    changes: [change('worker/engine.ts', '      await admission.stop()\n', '')],
  },
  {
    name: 'a stop waits for a silent vendor',
    rules: ['stop-in-time'],
    within: 1_000,
    changes: [
      change(
        'app/core.ts',
        'clock.after(options.stepsMs, options.breakOff)',
        'clock.after(options.stepsMs, () => {})',
      ),
    ],
  },
  {
    name: 'the pause does not grow while the vendor is away',
    rules: ['outage-bounded'],
    within: 1_000,
    changes: [change('jobs/cadence.ts', 'shortest * 2 ** Math.min(failures, 10)', 'shortest + 0 * failures')],
  },
  {
    name: 'the question whether the vendor is back has no pauses that grow',
    rules: ['outage-bounded'],
    within: 300,
    changes: [
      change(
        'wavespeed/health/health.ts',
        'pauseMs: (unanswered) => awayMs(hasAnswered ? unanswered + 1 : unanswered, askedMs),',
        'pauseMs: () => 1_000,',
      ),
    ],
  },
  {
    name: 'the pause between polls does not grow',
    rules: ['polls-bounded'],
    within: 300,
    changes: [
      change(
        'jobs/cadence.ts',
        'Math.max(shortest, Math.min(waited / 10, longestPollPause))',
        'shortest + 0 * waited',
      ),
    ],
  },
  {
    name: 'a job canceled on its way is said to be free',
    rules: ['not-billed'],
    within: 100,
    changes: [change('service/service.ts', 'stillBilled: after.submittedAt !== null', 'stillBilled: false')],
  },
  {
    name: 'the key of a request is not kept',
    rules: ['key-one-job'],
    within: 300,
    changes: [
      change(
        'service/service.ts',
        '      idempotencyKey,\n      callbackToken',
        '      idempotencyKey: null,\n      callbackToken',
      ),
    ],
  },
  {
    name: 'every poll is a change',
    rules: ['row-bounded'],
    within: 300,
    changes: [
      change(
        'jobs/state.ts',
        "      if (job.state === 'PROCESSING' && job.vendorStatus === vendorStatus) return null\n",
        '',
      ),
    ],
  },
  {
    name: 'a change whose commit was not answered is never told',
    rules: ['every-job-ends', 'stream-end'],
    within: 100,
    changes: [
      change('jobs/recorder.ts', '      if (!(error instanceof RateLimitedError)) doubtful.add(id)\n', ''),
    ],
  },
  {
    name: 'what is sent is not put on the list of work',
    rules: ['every-job-ends'],
    within: 100,
    changes: [
      change('db/following-writes.ts', 'isOver ? done : more', 'isOver ? done : done'),
      change(
        'db/sqlite/claim.ts',
        "      execute(statements.lease, { kind: 'poll', id: job.id, at: lease.until, owner: lease.owner })\n",
        '',
      ),
    ],
  },
  {
    name: 'a canceled job gives its place back at once',
    rules: ['account-limits-at-vendor'],
    within: 1_000,
    changes: [
      change(
        'jobs/submission.ts',
        "return state === 'COMPLETED' ||",
        "return state === 'COMPLETED' || state === 'CANCELED' ||",
      ),
    ],
  },
  {
    name: 'that a request leaves is not noted',
    rules: ['one-task'],
    within: 1_000,
    changes: [change('worker/submit.ts', ', () => markSent(job)', '')],
  },
  {
    name: 'the clock takes over a step of the machine',
    rules: ['video-reaches-over-jumps', 'account-limits-over-jumps'],
    within: 3_000,
    changes: [
      change('jobs/clock.ts', '    const leaps = apart > leapMs\n', '    const leaps = apart > 1_000\n'),
      change('jobs/clock.ts', '    steadySince = Math.floor(at)\n  }', '  }'),
    ],
  },
  {
    name: 'time that nobody watched uses up deadlines',
    rules: ['video-reaches-over-jumps'],
    within: 3_000,
    changes: [
      change(
        'worker/watched-time.ts',
        'job.deadlineAt && Math.max(job.deadlineAt, clock.steadySince + deadlineMs)',
        'job.deadlineAt',
      ),
    ],
  },
  {
    name: 'a process begins before what the history holds',
    rules: ['versions'],
    within: 1_000,
    changes: [change('jobs/clock.ts', 'Math.max(reference, notBefore ?? reference)', 'reference')],
  },
  {
    name: 'the work of a process that died stays leased',
    rules: ['every-job-ends'],
    within: 300,
    changes: [
      change('worker/loop.ts', '      if (!shared) await work.release(kind, now)\n', ''),
      change(
        'db/work-statements.ts',
        'ORDER BY at LIMIT :limit',
        'AND owner IS NULL ORDER BY at LIMIT :limit',
      ),
    ],
  },
]
