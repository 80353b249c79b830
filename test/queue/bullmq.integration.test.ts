import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type Database } from '../support/databases.ts'
import { eventually } from '../support/eventually.ts'
import { openSharedQueue } from '../support/queues.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

describe('a queue whose way to PostgreSQL breaks', () => {
  let database: Database
  let proxy: TcpProxy
  beforeAll(async () => {
    database = await createDatabase()
    proxy = await startTcpProxy(database.url)
  })
  afterAll(async () => {
    await proxy.close()
    await database.drop()
  })
  const open = () => openSharedQueue({ kind: 'postgres', url: proxy.url }, 'steps')

  it.each(['before', 'answered'] as const)(
    'while it is opened says so (%s what it asks for arrives)',
    async (when) => {
      const broken = proxy.breakAt('migration', when)
      await expect(open()).rejects.toThrow(/^The queue steps on .* cannot be reached: .*connection/i)
      await broken
    },
  )

  it('while it begins to take steps does so later', async () => {
    const queue = await open()
    const broken = proxy.breakAt('migration', 'answered')
    const ran: string[] = []
    queue.start(async (key) => {
      ran.push(key)
      return null
    })
    await broken
    queue.schedule('a', Date.now())
    await eventually(() => expect(ran).toEqual(['a']))
    await queue.stop()
  })

  it('while it says that a step is to run again has it run again', async () => {
    const queue = await open()
    const broken = proxy.breakAt('move_to_delayed', 'before')
    const ran: string[] = []
    queue.start(async (key) => {
      ran.push(key)
      return ran.length === 1 ? Date.now() : null
    })
    queue.schedule('a', Date.now())
    await broken
    await eventually(() => expect(ran).toEqual(['a', 'a']))
    await queue.stop()
  })
})
