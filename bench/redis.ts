import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort, runServer, type Server } from '../test/support/servers/server.ts'

/** Starts a Redis of its own on a free port. It keeps nothing on the disk: whatever ends it, it forgets everything. */
export async function startRedis({ port }: { readonly port?: number } = {}): Promise<Server> {
  if (!hasRedisServer()) {
    throw new Error('There is no redis-server on the PATH. Debian and Ubuntu: apt-get install redis-server')
  }
  const folder = mkdtempSync(join(tmpdir(), 'wavespeed-redis-'))
  const chosenPort = port ?? (await freePort())
  const settings = ['--save', '', '--appendonly', 'no', '--dir', folder]
  return runServer({
    url: `redis://127.0.0.1:${chosenPort}`,
    folder,
    command: 'redis-server',
    args: ['--bind', '127.0.0.1', '--port', `${chosenPort}`, ...settings],
    ready: 'Ready to accept connections',
    killedBy: 'SIGKILL',
  })
}

export function hasRedisServer(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0
}

/** Does something on a connection that is tried once, and says why where it fails. */
export async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 10_000, retryStrategy: () => null })
  let reason: Error | undefined
  redis.on('error', (error: Error) => {
    reason ??= error
  })
  try {
    await redis.connect()
    return await use(redis)
  } catch (error) {
    throw reason ?? error // ioredis itself only says that the connection is closed
  } finally {
    redis.disconnect()
  }
}

/** The version of the server at a URL, such as `7.0.15`. */
export async function redisVersion(url: string): Promise<string> {
  const info = await withRedis(url, (redis) => redis.info('server'))
  return /redis_version:(\S+)/.exec(info)?.[1] ?? 'of an unknown version'
}
