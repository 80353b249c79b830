import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Code whose every change the tests have to notice, and the tests that do. */
export interface Module {
  readonly name: string
  readonly files: readonly string[]
  /** Which of them run a mutant is found out; slow ones only cost time. */
  readonly tests: readonly string[]
}

const within = (folder: string, ...names: readonly string[]) =>
  names.map((name) => join(folder, `${name}.ts`))

/** The test files in a folder, without those that need programs, browsers or servers. */
const testsIn = (folder: string, ...left: readonly string[]) =>
  readdirSync(folder)
    .filter((name) => /^[\w-]+(\.model)?\.test\.ts$/.test(name) && !left.includes(name.split('.')[0] ?? ''))
    .map((name) => join(folder, name))

/** What mutants are made of: the rules that money, secrets and strangers depend on. */
export function modules(): readonly Module[] {
  return [
    {
      name: 'jobs',
      files: [
        ...within('src/jobs', 'adoption', 'cadence', 'clock', 'estimate', 'hold', 'id'),
        ...within('src/jobs', 'job-lines', 'recorder', 'state', 'submission'),
      ],
      tests: testsIn('test/jobs'),
    },
    { name: 'spending', files: ['src/spending/fairness.ts'], tests: testsIn('test/spending') },
    {
      name: 'service',
      files: within('src/service', 'follow', 'remove', 'service'),
      tests: testsIn('test/service'),
    },
    {
      name: 'events',
      files: within('src/events', 'catch-up', 'memory', 'shared'),
      tests: [...testsIn('test/events'), ...within('test/events', 'events.contract.test')],
    },
    {
      name: 'db',
      files: [
        // The columns are what the migrations were made of, which are what a store runs on.
        ...within('src/db', 'around', 'change-log', 'due-work', 'following-writes', 'holds'),
        ...within('src/db', 'outage-lines', 'pages'),
        ...within('src/db', 'reader', 'retry-on-busy', 'rows'),
        ...within('src/db/sqlite', 'claim', 'correct', 'execute', 'fault', 'store'),
      ],
      tests: [
        ...testsIn('test/db', 'start-faults'),
        ...within('test/db', 'changes.integration.test', 'due-work.integration.test'),
        ...within('test/db', 'durations.integration.test'),
        ...within('test/db', 'fair-claims.integration.test', 'holds.integration.test'),
        ...within('test/db', 'corrections.integration.test', 'limits.integration.test'),
        ...within('test/db', 'search.integration.test', 'store-reading.integration.test'),
        ...within('test/db', 'store.integration.test', 'submissions.integration.test'),
        ...within('test/db', 'work-reading.integration.test'),
      ],
    },
    {
      name: 'worker',
      files: [
        ...within('src/worker', 'absence', 'alarm', 'callback', 'engine', 'estimates', 'holds'),
        ...within('src/worker', 'lease', 'loop', 'pause-lines'),
        'src/jobs/pauses.ts',
        ...within('src/worker', 'orphan', 'progress', 'results', 'search', 'sending', 'step', 'step-record'),
        ...within('src/worker', 'submit', 'waiting', 'watched-time'),
      ],
      tests: testsIn('test/worker'),
    },
    {
      name: 'wavespeed',
      files: [
        ...within('src/wavespeed', 'decompress', 'error', 'listing', 'outcome'),
        ...within('src/wavespeed/health', 'circuit', 'health', 'probe', 'status'),
        ...within('src/wavespeed', 'prediction', 'redact', 'report', 'retry-after', 'vendor-time', 'webhook'),
      ],
      tests: [...testsIn('test/wavespeed'), ...testsIn('test/wavespeed/health')],
    },
    {
      name: 'catalog',
      files: within('src/catalog', 'address', 'catalog', 'check', 'issues'),
      tests: [...testsIn('test/catalog'), 'test/schema/families.test.ts'],
    },
    {
      name: 'archive',
      files: [
        ...within('src/archive', 'archiver', 'copy', 'copy-turns', 'download', 'folder', 'health', 'media'),
        ...within('src/archive', 'pauses', 'removal', 'tries'),
      ],
      // Those left out run on PostgreSQL as well, or in threads and programs of their own.
      tests: [
        ...testsIn('test/archive', 'archiver-interrupted', 'pictures'),
        'test/proxy.integration.test.ts',
      ],
    },
    { name: 'uploads', files: ['src/uploads/pace.ts'], tests: testsIn('test/uploads') },
    {
      name: 'access',
      // How keys are fetched is bounded by what only a socket shows.
      files: [
        ...within('src/access', 'access', 'audit', 'key', 'keys', 'jwks', 'limiter', 'signature', 'tenants'),
        ...within('src/access', 'ticket', 'token', 'viewer'),
      ],
      tests: testsIn('test/access'),
    },
    { name: 'address', files: ['src/address.ts'], tests: ['test/address.test.ts'] },
    {
      name: 'config',
      files: [
        'src/config.ts',
        ...within('src/config', 'archive', 'dot-env', 'path', 'proxy', 'quotes', 'reader', 'secret-files'),
        ...within('src/config', 'storage', 'unknown', 'variables'),
      ],
      tests: ['test/config.test.ts', ...testsIn('test/config')],
    },
    {
      name: 'server',
      files: [
        ...within('src/server', 'answer-size', 'body', 'caller', 'cost', 'document-cache', 'document-limits'),
        ...within(
          'src/server',
          'limits',
          'normalize',
          'quota',
          'refusals',
          'shape',
          'stream-tokens',
          'turns',
        ),
        ...within('src/server', 'origin', 'variables', 'web-origin'),
      ],
      tests: testsIn('test/server'),
    },
    {
      name: 'schema',
      files: within('src/schema', 'bounds', 'check-arguments', 'page'),
      tests: testsIn('test/schema'),
    },
  ]
}
