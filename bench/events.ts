/**
 * `npm run bench:events`: a message to three listeners, by BullMQ's relay and by what the datastores have themselves.
 * Times of one run are for comparing its rows, not for quoting.
 */
import { type ConnectionOptions, createPostgresRelayBackend, Relay, type RelayBackendFactory } from 'bullmq'
import { Redis } from 'ioredis'
import type { Broadcast } from '../src/events/broadcast.ts'
import { createNotify } from '../src/events/notify.ts'
import { sampleJob } from '../test/support/job.ts'
import { postgresVersion, startPostgres } from '../test/support/servers/postgres.ts'
import { ownCpu, serverCpu } from './cpu.ts'
import { redisVersion, startRedis } from './redis.ts'
import { createRelay } from './relay.ts'
import { printTable, printVersions } from './table.ts'

const processes = 3
const single = 300
const many = 3_000
const atOnce = 16

const postgres = await startPostgres()
const redis = await startRedis()
const quiet = { onError() {}, onGap() {} }

function relayOnPostgres(): Broadcast {
  const relay = new Relay({
    connection: {
      connectionString: postgres.url,
      schema: 'relay',
      migrate: true,
      max: 4,
    } as ConnectionOptions,
    backend: createPostgresRelayBackend as unknown as RelayBackendFactory, // Its options have a type of their own.
  })
  return {
    place: 'PostgreSQL',
    maxBytes: Number.POSITIVE_INFINITY,
    async send(text) {
      await relay.publish('bench', text)
    },
    async listen(hear) {
      await relay.subscribe('bench', hear)
    },
    close: () => relay.close(),
  }
}

function channel(): Broadcast {
  const [sender, listener] = [new Redis(redis.url), new Redis(redis.url)]
  return {
    place: 'Redis',
    maxBytes: Number.POSITIVE_INFINITY,
    async send(text) {
      await sender.publish('bench', text)
    },
    async listen(hear) {
      await listener.subscribe('bench')
      listener.on('message', (_channel, text) => hear(JSON.parse(text)))
    },
    async close() {
      for (const client of [sender, listener]) client.disconnect()
    },
  }
}

const kinds = [
  { name: 'BullMQ Relay on PostgreSQL', server: postgres, open: relayOnPostgres },
  {
    name: 'LISTEN/NOTIFY of PostgreSQL (ours)',
    server: postgres,
    open: () => createNotify(postgres.url, quiet),
  },
  { name: 'BullMQ Relay on Redis', server: redis, open: () => createRelay(redis, quiet) },
  { name: 'PUBLISH/SUBSCRIBE of Redis', server: redis, open: channel },
]

async function measure({ name, server, open }: (typeof kinds)[number]) {
  const buses = Array.from({ length: processes }, open)
  let heard = 0
  let wake: () => void = () => {}
  for (const bus of buses) {
    await bus.listen(() => {
      heard += 1
      wake()
    })
  }
  const until = async (count: number) => {
    while (heard < count) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  const job = sampleJob()
  const send = async (index: number) =>
    buses[index % processes]?.send(JSON.stringify({ ...job, version: index }))

  const delays: number[] = []
  for (let index = 0; index < single; index += 1) {
    const begun = performance.now()
    await send(index)
    await until((index + 1) * processes)
    delays.push(performance.now() - begun)
  }
  delays.sort((one, other) => one - other)

  const cpus = [ownCpu, serverCpu(server.url)]
  const before = cpus.map((cpu) => cpu.read())
  const begun = performance.now()
  let next = 0
  const sending = Array.from({ length: atOnce }, async () => {
    while (next < many) await send(next++)
  })
  await Promise.all([...sending, until((single + many) * processes)])
  const seconds = (performance.now() - begun) / 1_000
  const [own = 0, its = 0] = cpus.map((cpu, index) => ((cpu.read() - (before[index] ?? 0)) / many) * 1_000)
  await Promise.all(buses.map((bus) => bus.close()))
  return {
    bus: name,
    'to all three, p50 ms': Number(delays[Math.floor(single * 0.5)]?.toFixed(1)),
    'p99 ms': Number(delays[Math.floor(single * 0.99)]?.toFixed(1)),
    'messages/s': Math.round(many / seconds),
    'CPU of gateways, ms per 1,000': Math.round(own),
    'CPU of the server, ms per 1,000': Math.round(its),
  }
}

try {
  const rows = []
  for (const kind of kinds) rows.push(await measure(kind))
  printTable(rows)
  printVersions({
    PostgreSQL: await postgresVersion(postgres.url),
    Redis: await redisVersion(redis.url),
  })
} finally {
  await Promise.all([postgres.stop(), redis.stop()])
}
