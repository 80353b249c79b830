import { type BuiltIn, change } from './fault.ts'

const onlyAsItStands = "    if (state !== 'DELETED' && job?.version !== version) return []\n"

/** Of the stream by which clients keep copies. */
export const mirrored: readonly BuiltIn[] = [
  {
    name: 'a stream of changes leaves out deletions',
    rules: ['mirror-whole'],
    within: 50,
    changes: [
      change('db/tenant-changes.ts', onlyAsItStands, '    if (job?.version !== version) return []\n'),
    ],
  },
  {
    name: 'a job is told at each of its changes',
    rules: ['mirror-grows'],
    within: 50,
    changes: [
      change(
        'db/tenant-changes.ts',
        onlyAsItStands,
        "    if (state !== 'DELETED' && job === null) return []\n",
      ),
    ],
  },
  {
    name: "a stream of changes tells other tenants' deletions",
    rules: ['mirror-grows'],
    within: 300,
    changes: [
      change('db/tenant-changes.ts', 'WHERE tenant = :tenant AND ', 'WHERE :tenant IS NOT NULL AND '),
    ],
  },
  {
    name: 'a page of changes counts as told once it is read',
    rules: ['mirror-whole'],
    within: 300,
    changes: [
      change(
        'service/changes.ts',
        '      if (page.length > 0) break\n      place = found.place\n',
        '      place = found.place\n      if (page.length > 0) break\n',
      ),
      change('service/changes.ts', '    place = change.place\n', ''),
    ],
  },
  {
    name: 'a stream of changes goes on behind what was written while it read',
    rules: ['mirror-whole'],
    within: 300,
    gateways: 3,
    changes: [
      change(
        'service/changes.ts',
        '      place = found.place\n',
        '      place = found.isLast ? await reader.latestChange() : found.place\n',
      ),
    ],
  },
  {
    name: 'a stream of changes begins behind what changed while it read the present',
    rules: ['mirror-whole'],
    within: 300,
    gateways: 3,
    changes: [
      change(
        'service/changes.ts',
        'if (first && !first.done)\n',
        'if (first?.done && place.sequence >= 0 && !isTold) place = await reader.latestChange()\n    if (first && !first.done)\n',
      ),
    ],
  },
  {
    name: 'nobody reads what no event tells',
    rules: ['mirror-soon'],
    within: 300,
    gateways: 3,
    changes: [change('events/signals.ts', '        cancelRound ??= clock.after(roundMs, round)\n', '')],
  },
  {
    name: 'a stream of changes that is left goes on waiting',
    rules: ['nothing-left'],
    within: 300,
    changes: [change('service/changes.ts', '      leave = () => end(false)\n', '')],
  },
  {
    name: 'every start forgets deletions',
    rules: ['mirror-whole'],
    within: 200,
    changes: [change('worker/loop.ts', 'begun - changesKeptMs - clocksApartMs', 'begun + 0 * clocksApartMs')],
  },
  {
    name: 'a sequence is good for ever',
    rules: ['mirror-goes-on'],
    within: 100,
    changes: [change('service/changes.ts', 'at < clock.now() - keptMs || isAhead', 'at < 0 || isAhead')],
  },
]
