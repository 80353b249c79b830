/**
 * Records the histories of an older version, from which an upgrade is tested: runs that very version against the sandbox,
 * with jobs in every state, kills it, and writes what is left as SQL, beside the vendor's books.
 *
 *   node --import tsx test/upgrade/record.ts --version a63bd93 --postgres postgres://…
 *
 * The server has to be no newer than the `pg_dump` on the PATH; its database has to be empty. Packages are today's.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import Database from 'better-sqlite3'
import { startSandbox } from '../../sandbox/sandbox.ts'
import { freePort } from '../support/servers/server.ts'
import { gatewayAddress, vendorAddress } from './recorded.ts'

const root = join(import.meta.dirname, '../..')

const { values } = parseArgs({
  options: { version: { type: 'string' }, postgres: { type: 'string' } },
})
const { version, postgres } = values
if (!version || !postgres) throw new Error('--version and --postgres are needed')

const folder = mkdtempSync(join(tmpdir(), 'wavespeed-record-'))
const source = join(folder, 'source')
execFileSync('git', ['worktree', 'add', '--detach', source, version], { cwd: root })
try {
  symlinkSync(join(root, 'node_modules'), join(source, 'node_modules'))
  const target = join(import.meta.dirname, 'recorded', version)
  mkdirSync(target, { recursive: true })
  const file = join(folder, 'jobs.db')
  const write = (name: string, text: string) => writeFileSync(join(target, name), text)
  write(
    'sqlite.vendor.jsonl',
    await record(`file:${file}`, (hosts) => write('sqlite.sql', hosts(dumpSqlite(file)))),
  )
  write(
    'postgresql.vendor.jsonl',
    await record(postgres, (hosts) => write('postgresql.sql', hosts(dumpPostgres(postgres)))),
  )
} finally {
  execFileSync('git', ['worktree', 'remove', '--force', source], { cwd: root })
  rmSync(folder, { recursive: true })
}

/** Lives through a history, kills its gateway, has it dumped, and answers the vendor's books. */
async function record(url: string, dump: (hosts: (text: string) => string) => void): Promise<string> {
  const books = mkdtempSync(join(folder, 'vendor-'))
  const sandbox = await startSandbox({ folder: books, taskSeconds: 1 })
  const port = await freePort()
  const hosts = (text: string) =>
    text
      .replaceAll(`127.0.0.1:${sandbox.port}`, vendorAddress)
      .replaceAll(`127.0.0.1:${port}`, gatewayAddress)
  const gateway = await startOld(url, sandbox.url, port)
  try {
    await live(`http://127.0.0.1:${port}/graphql`)
  } finally {
    gateway.kill('SIGKILL')
    await once(gateway, 'close')
    await sandbox.close()
  }
  dump(hosts)
  return hosts(readFileSync(join(books, 'sandbox.jsonl'), 'utf8'))
}

async function startOld(url: string, vendor: string, port: number) {
  const gateway = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
    cwd: source,
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      DATABASE_URL: url,
      ARCHIVE_URL: `file:${join(folder, 'outputs')}`,
      WAVESPEED_BASE_URL: vendor,
      WAVESPEED_CONCURRENCY: '3',
      WAVESPEED_VIDEOS_PER_MINUTE: '1000',
      WAVESPEED_POLL_SECONDS: '0.2',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  const listening = new Promise<void>((resolve, reject) => {
    gateway.stdout.on('data', (chunk) => {
      output += chunk
      if (output.includes('"msg":"listening"')) resolve()
    })
    gateway.once('close', () => reject(new Error(`the gateway ended:\n${output}`)))
  })
  await listening
  return gateway
}

/** Everything that can become of a job, and at the end one job in each state that is none. */
async function live(url: string): Promise<void> {
  const { create, cancel, retry, job, becomes } = createClient(url)
  // A gateway that was called back once asks seldom.
  const uncalled = '[sandbox:webhook-never]'
  const done = await create(`done ${uncalled}`, 'key-done')
  const failed = await create(`failed [sandbox:fail=1402] ${uncalled}`)
  await becomes(done, 'COMPLETED')
  await becomes(failed, 'FAILED')
  await until(async () => (await job(done)).outputs.every(({ kept }) => kept), 'the copy')
  await becomes(await retry(failed, 'key-again'), 'FAILED')
  const canceled = await create(`canceled while it runs [sandbox:seconds=3] ${uncalled}`)
  await becomes(canceled, 'PROCESSING')
  await cancel(canceled)
  const processing = await create('in flight, processing [sandbox:seconds=9]')
  await becomes(processing, 'PROCESSING')
  await becomes(await create('called back'), 'COMPLETED')
  // It is `created` for 15 % of its time.
  const created = await create('in flight, created [sandbox:seconds=12]')
  await becomes(created, 'CREATED')
  const submitting = await create('in flight, unanswered [sandbox:seconds=8] [sandbox:slow=60000,after]')
  await becomes(submitting, 'SUBMITTING')
  await create('waiting', 'key-waiting')
  await create('waiting, too')
  await cancel(await create('canceled while it waits'))
  const state = async (id: string) => (await job(id)).state
  const states = await Promise.all([processing, created, submitting].map(state))
  if (states.join() !== 'PROCESSING,CREATED,SUBMITTING') throw new Error(`too slow: ${states.join()}`)
}

/** A client of the older version. */
function createClient(url: string) {
  async function ask(query: string, variables: object = {}): Promise<Record<string, unknown>> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors } = (await response.json()) as { data: Record<string, unknown>; errors?: unknown }
    if (errors) throw new Error(JSON.stringify(errors))
    return data
  }
  async function create(prompt: string, idempotencyKey?: string): Promise<string> {
    const { createV2VLoraJob: result } = await ask(
      `mutation ($input: CreateV2VLoraJobInput!) {
        createV2VLoraJob(input: $input) { ... on CreateV2VLoraJobSuccess { job { id } } ... on Error { message } }
      }`,
      { input: { video: 'https://example.com/clip.mp4', prompt, ...(idempotencyKey && { idempotencyKey }) } },
    )
    const { job, message } = result as { job?: { id: string }; message?: string }
    if (!job) throw new Error(message)
    return job.id
  }
  const cancel = (id: string) =>
    ask('mutation ($id: ID!) { cancelJob(id: $id) { ... on CancelJobSuccess { job { id } } } }', { id })
  async function job(id: string) {
    const { job } = await ask('query ($id: ID!) { job(id: $id) { state outputs { kept } } }', { id })
    return job as { state: string; outputs: { kept: boolean }[] }
  }
  const becomes = (id: string, wanted: string) =>
    until(async () => (await job(id)).state === wanted, `${id} is not ${wanted}`)
  const retry = async (id: string, key: string) => {
    const { retryJob } = await ask(
      `mutation ($id: ID!, $key: String) { retryJob(id: $id, idempotencyKey: $key) { ... on RetryJobSuccess { job { id } } } }`,
      { id, key },
    )
    return (retryJob as { job: { id: string } }).job.id
  }
  return { create, cancel, retry, job, becomes }
}

async function until(done: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; !(await done()); tries += 1) {
    if (tries === 300) throw new Error(what)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The database as statements, as the shell of SQLite dumps it. */
function dumpSqlite(file: string): string {
  const client = new Database(file)
  const tables = client
    .prepare<[], { name: string; sql: string }>(
      `SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type = 'index'`,
    )
    .all()
  const isTable = client.prepare<[string]>(`SELECT 1 FROM sqlite_master WHERE name = ? AND type = 'table'`)
  const lines = tables.flatMap(({ name, sql }) => {
    if (!isTable.get(name)) return [`${sql};`]
    const columns = client.prepare(`SELECT name FROM pragma_table_info(?)`).pluck().all(name)
    const values = columns.map((column) => `quote("${column}")`).join(` || ', ' || `)
    const rows = client.prepare(`SELECT ${values} FROM "${name}"`).pluck().all()
    return [`${sql};`, ...rows.map((row) => `INSERT INTO "${name}" VALUES (${row});`)]
  })
  client.close()
  return `${lines.join('\n')}\n`
}

function dumpPostgres(url: string): string {
  const options = ['--inserts', '--no-owner', '--no-privileges', '--no-comments', `--dbname=${url}`]
  const text = execFileSync('pg_dump', options, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    // The code of its queue, and what that told: nobody will run the one or hear the other.
    .replaceAll(/^CREATE FUNCTION .*? AS (\$\w*\$).*?\1;$/gms, '')
    .replaceAll(/^INSERT INTO wavespeed_queue\.event .*$/gm, '')
  // Without the commands of psql, and settings that not every server knows.
  const lines = text.split('\n').filter((line) => !/^(\\|--|SET |$)/.test(line))
  return `${lines.join('\n')}\n`
}
