import { chownSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serverUser } from './postgres.ts'
import { freePort, runServer, type Server } from './server.ts'

/** Starts a PgBouncer before a PostgreSQL, with `settings` besides what it needs. */
export async function startPgBouncer(
  target: string,
  settings: readonly string[] = [],
  ofDatabase = '',
): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'wavespeed-pgbouncer-'))
  const user = serverUser()
  const port = await freePort()
  const { hostname, port: targetPort, username, password } = new URL(target)
  const config = [
    '[databases]',
    `* = host=${hostname} port=${targetPort} user=${username} password=${password} ${ofDatabase}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'auth_type = any',
    'unix_socket_dir =',
    ...settings,
  ]
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(file, `${config.join('\n')}\n`)
  if (user) for (const path of [folder, file]) chownSync(path, user.uid, user.gid)
  const url = new URL(target)
  url.port = String(port)
  return runServer({
    url: url.href,
    folder,
    command: 'pgbouncer',
    args: [file],
    ready: 'process up',
    killedBy: 'SIGKILL',
    ...(user && { user }),
  })
}
