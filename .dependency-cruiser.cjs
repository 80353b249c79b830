// Who may import whom. The comment of a rule says what to do instead; it is what the check prints.

/** One module of src/: whatever it imports of the project lies in `may` (or in the module itself). */
function moduleRule(name, from, may, comment) {
  return {
    name,
    comment,
    severity: 'error',
    from,
    to: { path: '^(src|sandbox|scripts|web|test|bench)/', pathNot: may },
  }
}

/** Packages that belong to one module each. */
const database = ['drizzle-orm', 'better-sqlite3', 'pg']
const graphql = [
  'graphql',
  'graphql-yoga',
  'graphql-ws',
  'graphql-sse',
  'graphql-scalars',
  '@pothos/[^/]+',
  '@graphql-yoga/[^/]+',
]
const archives = ['@aws-sdk/[^/]+', '@smithy/[^/]+']
const network = ['undici', 'openapi-fetch', 'ws']
const packages = (names) => `(^|/)node_modules/(${names.join('|')})/`
/** What the domain asks of others, and shows them: types, but for a few constants. */
const contracts = '^src/(jobs/(clock|events|input|job|store|tenant|vendor|work)|uploads/upload)\\.ts$'
/** Expected errors which whoever keeps, reads or serves the history throws or meets. */
const historyErrors = '^src/jobs/(history-error|rate-limited)\\.ts$'
/** Who asks, as others are told of it; what is kept of keys. */
const access = '^src/access/(access|audit|error|key|keys|limiter|store|tenants|ticket|viewer)\\.ts$'
/** What decides what is copied, and when. */
const copying = '^src/archive/(archiver|copy|copy-turns|health|media|pauses|removal|tries)\\.ts$'
const nodeNetwork = '^(node:)?(http|https|http2|net|tls|dns|dgram)(/promises)?$'

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment:
        'Two files that need each other are one thing: move what both need into a third, or pass it in as an argument.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment:
        'This import leads nowhere: check the path (it ends in .ts), or add the package to package.json.',
      severity: 'error',
      // What tools write into the examples is there while they are tested only.
      from: { pathNot: ['^src/generated/', '^examples/(gql-tada|graphql-codegen)/'] },
      to: { couldNotResolve: true },
    },
    {
      name: 'declared',
      comment: 'The package is only here by accident of another one: add it to dependencies in package.json.',
      severity: 'error',
      // demo-cluster.ts is for those who have the packages of developers: it brings servers that a gateway is given.
      from: { path: '^(src|sandbox|scripts)/', pathNot: '^scripts/demo-cluster\\.ts$' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['type-only'] },
    },

    moduleRule(
      'generated-knows-nothing',
      { path: '^src/generated/' },
      ['^src/generated/'],
      'src/generated is written by codegen from openapi/ alone: change codegen.ts, not what it writes.',
    ),
    moduleRule(
      'catalog-knows-the-document',
      { path: '^src/catalog/' },
      ['^src/catalog/', '^src/generated/', '^src/url\\.ts$', '^src/jobs/input\\.ts$'],
      'src/catalog is what can be made, by the document alone: no model has code of its own. What the domain needs of an ' +
        'input is in jobs/input.ts.',
    ),
    {
      name: 'pure-core-imports-types',
      comment:
        'src/jobs/state.ts, cadence.ts and estimate.ts are pure functions: import types, each other or jobs/failure.ts only, and ' +
        'take times and numbers as arguments.',
      severity: 'error',
      from: { path: '^src/jobs/(state|cadence|estimate)\\.ts$' },
      to: { pathNot: '^src/jobs/(failure|cadence|estimate)\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'pure-core-keeps-quiet',
      comment: 'A pure function writes no log: answer what happened, and let the caller log it.',
      severity: 'error',
      from: { path: ['^src/jobs/(state|cadence|estimate)\\.ts$', '^src/spending/'] },
      to: { path: '^src/log\\.ts$' },
    },
    moduleRule(
      'jobs-know-nobody',
      { path: '^src/jobs/' },
      ['^src/jobs/', '^src/(expected-error|log)\\.ts$'],
      'src/jobs is the domain: describe what it needs as an interface in src/jobs/, and hand it in from src/app/.',
    ),
    moduleRule(
      'spending-is-rules',
      { path: '^src/spending/' },
      ['^src/spending/', contracts],
      'src/spending is how what the account allows is shared out: functions of figures that its callers hand in.',
    ),
    moduleRule(
      'access-knows-no-jobs',
      { path: '^src/access/' },
      [
        '^src/access/',
        '^src/jobs/(clock|id|rate-limited|tenant)\\.ts$',
        '^src/(expected-error|log|proxy)\\.ts$',
      ],
      'src/access finds out who asks, and knows nothing of jobs: what it keeps is in access/store.ts, and src/db implements it.',
    ),
    moduleRule(
      'uploads-use-contracts',
      { path: '^src/uploads/' },
      [
        '^src/uploads/',
        contracts,
        '^src/jobs/(id|rate-limited)\\.ts$',
        '^src/archive/(archive|media)\\.ts$',
        '^src/(expected-error|log)\\.ts$',
      ],
      'src/uploads takes files and sends them on: describe what it needs as an interface there, and hand it in from src/app/.',
    ),
    moduleRule(
      'worker-uses-contracts',
      { path: '^src/worker/' },
      ['^src/worker/', '^src/jobs/', '^src/spending/', '^src/log\\.ts$'],
      'src/worker takes the steps of jobs: describe what it needs as an interface in src/jobs/, and hand it in from src/app/.',
    ),
    moduleRule(
      'service-uses-contracts',
      { path: '^src/service/' },
      [
        '^src/service/',
        '^src/jobs/',
        '^src/uploads/upload\\.ts$',
        '^src/archive/(archiver|error)\\.ts$',
        '^src/expected-error\\.ts$',
      ],
      'src/service is what clients may do: describe what it needs as an interface in src/jobs/, and hand it in from src/app/.',
    ),
    {
      name: 'domain-knows-no-technology',
      comment:
        'src/jobs, src/service, src/spending, src/worker and the archiver know no HTTP, GraphQL or SQL: put that behind an ' +
        'interface in src/jobs/.',
      severity: 'error',
      from: { path: ['^src/(jobs|service|spending|worker)/', copying] },
      to: { path: [packages([...database, ...graphql, ...archives, ...network]), nodeNetwork] },
    },
    {
      name: 'archiver-is-a-type-to-the-service',
      comment: 'src/service asks the archiver it was given: import only its type, and its expected error.',
      severity: 'error',
      from: { path: '^src/service/' },
      to: { path: '^src/archive/', pathNot: '^src/archive/error\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    moduleRule(
      'vendor-client-stands-alone',
      { path: '^src/wavespeed/' },
      [
        '^src/wavespeed/',
        '^src/generated/',
        '^src/(internet|log|proxy|url)\\.ts$',
        contracts,
        '^src/jobs/(failure|state)\\.ts$',
        '^src/uploads/(error|receive)\\.ts$',
      ],
      'src/wavespeed implements interfaces of src/jobs/ for the vendor; whatever else it needs comes as an argument.',
    ),
    {
      name: 'vendor-client-knows-no-storage',
      comment:
        'src/wavespeed talks to the vendor only: databases and GraphQL are other modules, composed in src/app/.',
      severity: 'error',
      from: { path: '^src/wavespeed/' },
      to: { path: packages([...database, ...graphql]) },
    },
    ...['db', 'events'].map((name) =>
      moduleRule(
        `${name}-implements-contracts`,
        { path: `^src/${name}/` },
        [
          `^src/${name}/`,
          contracts,
          historyErrors,
          ...(name === 'db' ? ['^src/spending/fairness\\.ts$'] : []),
          '^src/jobs/(cadence|correction|estimate|failure|hold|pauses|state|submission)\\.ts$',
          '^src/access/(key|store|tenants)\\.ts$',
          '^src/(expected-error|file-fault|log)\\.ts$',
        ],
        `src/${name} implements interfaces of src/jobs/ and knows no other module: compose them in src/app/.`,
      ),
    ),
    moduleRule(
      'archive-implements-contracts',
      { path: '^src/archive/', pathNot: [copying, '^src/archive/archive\\.ts$'] },
      ['^src/archive/', contracts, '^src/(address|expected-error|file-fault|internet|log|proxy|url)\\.ts$'],
      'src/archive fetches and stores files through interfaces of archive/archive.ts: what is copied, and when, is decided in ' +
        'archive/archiver.ts.',
    ),
    moduleRule(
      'archiver-uses-contracts',
      { path: copying },
      [copying, '^src/archive/(archive|error)\\.ts$', '^src/jobs/', '^src/log\\.ts$'],
      'The archiver decides what is copied, and when: describe what it needs as an interface in src/jobs/, and hand it ' +
        'in from src/app/.',
    ),
    {
      name: 'archive-knows-no-jobs-history',
      comment: 'src/archive holds files: databases and GraphQL are other modules, composed in src/app/.',
      severity: 'error',
      from: { path: '^src/archive/' },
      to: { path: packages([...database, ...graphql]) },
    },
    {
      name: 'one-home-for-s3',
      comment:
        'Only src/archive/s3.ts speaks to buckets: add what is missing to Archive in archive/archive.ts and implement it there.',
      severity: 'error',
      from: { path: '^(src|sandbox|scripts)/', pathNot: '^src/archive/s3\\.ts$' },
      to: { path: packages(archives) },
    },
    {
      name: 's3-is-loaded-when-needed',
      comment:
        'The SDK takes its time to load: import src/archive/s3.ts with `await import()`, or only its types.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/archive/s3\\.ts$', dependencyTypesNot: ['type-only', 'dynamic-import'] },
    },
    {
      name: 'contracts-are-types',
      comment: 'A contract is kept by whoever implements it: import it with `import type`.',
      severity: 'error',
      from: { path: '^src/(catalog|wavespeed|db|events|archive|schema|server|spending)/' },
      to: { path: [contracts, '^src/archive/archive\\.ts$'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'work-is-not-for-clients',
      comment:
        'Whose turn it is, and who takes it, is for the worker and the archiver: what a client may ask for is JobReader or ' +
        'JobWriter in jobs/store.ts.',
      severity: 'error',
      from: { path: '^src/(service|schema|server)/' },
      to: { path: '^src/jobs/work\\.ts$' },
    },
    {
      name: 'storage-knows-no-api',
      comment:
        'Stores and event buses know no GraphQL, HTTP server or vendor: what they need to say is in src/jobs/.',
      severity: 'error',
      from: { path: '^src/(db|events)/' },
      to: { path: [packages([...graphql, ...network]), nodeNetwork] },
    },
    {
      name: 'one-home-for-the-database',
      comment:
        'Only src/db speaks SQL: add a method to the store in jobs/store.ts or jobs/work.ts and implement it there.',
      severity: 'error',
      // Notifications go by a connection that speaks no SQL of ours.
      from: {
        path: '^(src|sandbox|scripts)/',
        pathNot: ['^src/db/', '^src/events/notify\\.ts$'],
      },
      to: { path: packages(database) },
    },
    moduleRule(
      'schema-asks-the-service',
      { path: '^src/schema/' },
      [
        '^src/schema/',
        '^src/service/',
        access,
        contracts,
        '^src/jobs/(state|estimate|id)\\.ts$',
        '^src/worker/waiting\\.ts$',
        '^src/events/',
        '^src/archive/error\\.ts$',
        historyErrors,
        '^src/jobs/failure\\.ts$',
        '^src/(expected-error|log)\\.ts$',
        '^src/catalog/catalog\\.ts$',
        '^src/uploads/media\\.ts$',
      ],
      'src/schema shows jobs to clients: ask service/service.ts or JobReader of jobs/store.ts. What can be made it learns from ' +
        'catalog/catalog.ts, never a model by its name.',
    ),
    moduleRule(
      'server-serves-the-schema',
      { path: '^src/server/' },
      [
        '^src/server/',
        access,
        contracts,
        '^src/service/service\\.ts$',
        '^src/archive/archive\\.ts$',
        historyErrors,
        '^src/uploads/error\\.ts$',
        '^src/(address|expected-error|log|url)\\.ts$',
      ],
      'src/server is sockets and protocols: it gets the schema, the context and the checks as options from src/app/. Of what was ' +
        'thrown it asks whether it is an ExpectedError, and which code it has.',
    ),
    moduleRule(
      'config-reads-the-environment',
      { path: '^src/config(\\.ts$|/)' },
      ['^src/config(\\.ts$|/)', '^src/(address|url)\\.ts$', '^src/server/web-origin\\.ts$'],
      'src/config.ts turns variables into a config and knows no other part; parts get their slice from src/app/.',
    ),
    moduleRule(
      'shared-files-stay-at-the-bottom',
      { path: '^src/(address|expected-error|file-fault|log|proxy|url)\\.ts$' },
      [],
      'Everyone imports src/log.ts, src/address.ts, src/url.ts, src/file-fault.ts and src/expected-error.ts, so they import ' +
        'nobody: pass in what they need. An expected error stands in the module that throws it.',
    ),
    {
      name: 'app-is-the-composition-root',
      comment:
        'Only main, the demo and tests start an app. A part that wants something of it takes it as an option.',
      severity: 'error',
      from: { pathNot: ['^src/(main\\.ts$|app/)', '^scripts/', '^(test|bench)/'] },
      to: { path: '^src/(app/|main\\.ts$)' },
    },
    moduleRule(
      'sandbox-stands-apart',
      { path: '^sandbox/' },
      ['^sandbox/', '^src/generated/'],
      'The sandbox stands in for the vendor: it knows the document (src/generated), and nothing of the gateway.',
    ),
    {
      name: 'nobody-needs-the-sandbox',
      comment:
        'The gateway talks to the sandbox over HTTP, as to the vendor. Only scripts/ and tests start one.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(sandbox|scripts|test|bench)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Type imports count, each marked as such.
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    exclude: { path: '/migrations/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
