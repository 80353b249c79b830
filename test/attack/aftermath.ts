import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { events, firstEvent, json, send } from './http.ts'
import { memoryOf } from './measure.ts'
import { ask, create } from './prey.ts'
import { ask as askBySocket } from './websocket.ts'
import type { Gateway, World } from './world.ts'

export interface Aftermath {
  readonly figures: Readonly<Record<string, string>>
  readonly wrong: readonly string[]
}

type Memories = ReadonlyMap<string, ReturnType<typeof memoryOf>>

const mega = 1_000_000
/**
 * How much more a gateway may hold afterwards. Some of it stays rightly: parsed documents (32 MB by estimate), prepared
 * statements, code that is compiled by now, and what the heap keeps for the next burst. One copy of what any flood sent would be
 * above it.
 */
const mostLeft = 100 * mega
/** How much more it may hold at any moment: five thousand connections, or ten bodies of a megabyte in several copies. */
const mostMeanwhile = 600 * mega
/** So long it is waited for that; work of the usual kind has garbage collected meanwhile. */
const settleMs = 25_000

const page =
  '{ jobs(first: 40) { edges { node { id state input { prompt ... on T2VLoraParameters { negativePrompt } } } } } }'
const urlOf = ({ port }: Gateway) => `http://127.0.0.1:${port}/graphql`

export const memories = ({ gateways }: World): Memories =>
  new Map(gateways.map(({ name, pid }) => [name, memoryOf(pid)]))

/** A history that is worth a look, and what well-meant clients do with it: code is loaded, and the heap as large as its work. */
export async function warmUp(world: World): Promise<void> {
  const { keyed, keys } = world
  const text = 'long '.repeat(2_000).slice(0, 9_999)
  for (let count = 0; count < 60; count += 1)
    await create(urlOf(keyed), keys.victim, { prompt: text, negativePrompt: text, seed: count })
  await use(world)
}

async function use({ keyed, keyless, keys }: World): Promise<void> {
  for (let count = 0; count < 40; count += 1) {
    await ask(urlOf(keyed), keys.victim, page)
    await ask(urlOf(keyless), null, page)
  }
  for (let count = 0; count < 20; count += 1) {
    await askBySocket(keyed, { query: page }, keys.victim)
    await firstEvent(keyed, {
      path: '/graphql/stream',
      body: JSON.stringify({ query: page }),
      key: keys.victim,
    })
  }
}

/** Whether all is as it was. */
export async function lookAfter(world: World, before: Memories): Promise<Aftermath> {
  const wrong = [...(await unserved(world)), ...hostileJobs(world), ...told(world), ...visits(world)]
  const after = await settled(world, before)
  const grown = growth(world, before, after)
  return {
    figures: { 'memory, MB': grown.map(({ words }) => words).join('; ') },
    wrong: [...wrong, ...grown.flatMap(({ wrong }) => wrong)],
  }
}

async function unserved({ gateways, keyed, behind, keyless, keys }: World): Promise<readonly string[]> {
  const wrong: string[] = []
  const expect = (what: string, got: string, right: string) => {
    if (got !== right) wrong.push(`${what} is answered "${got}" and not "${right}"`)
  }
  for (const gateway of gateways) {
    for (const path of ['/health', '/ready'])
      expect(`${path} of ${gateway.name}`, (await send(gateway, { method: 'GET', path })).outcome, '200')
  }
  const query = '{ jobs(first: 1) { edges { node { id } } } }'
  const body = JSON.stringify({ query })
  expect('a query', (await send(keyed, { headers: [json], body, key: keys.victim })).outcome, '200 data')
  expect(
    'a query on a stream',
    (await send(keyed, { headers: [json, events], body, key: keys.victim })).outcome,
    '200 data',
  )
  expect('a query on a WebSocket', (await askBySocket(keyed, { query }, keys.victim)).outcome, 'data')
  expect(
    'a query without a key',
    (await send(keyless, { headers: [json], body: '{"query":"{ __typename }"}' })).outcome,
    '200 data',
  )
  const listed = await send(behind, { headers: [json], body: '{"documentId":"names"}', key: keys.behind })
  expect('a document of the list', listed.outcome, '200 data')
  await create(urlOf(keyed), keys.victim, { prompt: 'the last one' })
  return wrong
}

/** Attacks that must not make a job name it so. */
function hostileJobs({ gateways }: World): readonly string[] {
  return gateways.flatMap(({ name, file }) => {
    const history = new Database(file, { readonly: true })
    const count = history.prepare("SELECT count(*) FROM jobs WHERE input LIKE '%refused%'").pluck().get()
    history.close()
    return count === 0 ? [] : [`${name} recorded ${count} jobs of attacks that were refused`]
  })
}

/** Faults of the gateways, and secrets, in what they wrote. */
function told({ gateways, keys, prey, sandbox }: World): readonly string[] {
  const secrets: Record<string, string> = {
    ...keys,
    'the ticket': prey.ticket,
    'the token of a stream': prey.token,
    'the token of a callback': prey.callback.split('/').at(-1) ?? '',
    'the signature of an output': prey.output.searchParams.get('signature') ?? '',
    'the secret of callbacks': sandbox.webhooks.secret.replace('whsec_', ''),
    'a password in an address': 'a-password-of-somebody',
    'a prompt': 'a fox',
  }
  return gateways.flatMap((gateway) => {
    const output = gateway.output()
    const lines = output.split('\n').filter((line) => faults.test(line))
    return [
      ...lines.slice(0, 5).map((line) => `${gateway.name} wrote ${line.slice(0, 500)}`),
      ...Object.entries(secrets).flatMap(([name, secret]) =>
        output.includes(secret) ? [`${gateway.name} wrote a secret: ${name}`] : [],
      ),
      ...(signedToken.test(output) ? [`${gateway.name} wrote a token`] : []),
    ]
  })
}

const faults = /unexpected error|a request failed outside GraphQL|"level":60|did not stop cleanly|Unhandled/
const signedToken = /eyJ[\w-]{10,}\.eyJ[\w-]{10,}/

function visits({ trap }: World): readonly string[] {
  return trap.visits() === 0
    ? []
    : [`${trap.visits()} connections came to an address that only attacks named`]
}

/** Waits until what a gateway holds is within its bound again, for a while. */
async function settled(world: World, before: Memories): Promise<Memories> {
  let after = memories(world)
  for (const end = Date.now() + settleMs; Date.now() < end; after = memories(world)) {
    if (growth(world, before, after).every(({ wrong }) => wrong.length === 0)) break
    await use(world)
    await pause(1_000)
  }
  return after
}

function growth({ gateways }: World, before: Memories, after: Memories) {
  return gateways.map(({ name }) => {
    const [then, now] = [before.get(name), after.get(name)]
    if (!then || !now) return { words: `${name} not measured`, wrong: [] }
    const inMega = (bytes: number) => Math.round(bytes / mega)
    const words = `${name} ${inMega(then.now)} before, ${inMega(now.peak)} at the most, ${inMega(now.now)} after`
    const wrong = [
      ...(now.now - then.now <= mostLeft ? [] : [`${words}: ${inMega(mostLeft)} more are allowed`]),
      ...(now.peak - then.now <= mostMeanwhile
        ? []
        : [`${words}: ${inMega(mostMeanwhile)} more are allowed meanwhile`]),
    ]
    return { words, wrong }
  })
}
