import { beforeAll, expect, it } from 'vitest'
import type { QueueStore } from '../../src/queue/datastore.ts'
import { eventually } from '../support/eventually.ts'
import { outcomeOf, spawnProgram } from '../support/gateway-process.ts'
import { describeWith } from '../support/needs.ts'
import { openSharedQueue, type QueuePlace, sharedQueues, uniqueQueueName } from '../support/queues.ts'
import { openUnreachable } from '../support/unreachable.ts'

/** Another process with a queue and a bus on each store. It has taken every step that it says it has. */
function startTaker(name: string, ...stores: QueueStore[]) {
  const child = spawnProgram('test/taker.ts', {}, { args: [JSON.stringify({ stores, name })] })
  const ended = outcomeOf(child)
  let output = ''
  child.stdout?.on('data', (chunk) => {
    output += chunk
  })
  return { child, ended, says: (words: string) => eventually(() => expect(output).toContain(words)) }
}

for (const { name, need, prepare, startServer, storeOn } of sharedQueues) {
  describeWith(
    need,
    `processes that share a queue and a bus on ${name}`,
    () => {
      let place: QueuePlace
      beforeAll(async () => {
        place = await prepare()
        return () => place.remove()
      })

      /** A process that has taken the step "a", and the queue of this one, which then takes steps, too. */
      async function startTwo() {
        const queueName = uniqueQueueName()
        const taker = startTaker(queueName, place.store)
        const queue = await openSharedQueue(place.store, queueName)
        queue.schedule('a', Date.now())
        await taker.says('took a')
        const ran: string[] = []
        queue.start(async (key) => {
          ran.push(key)
          return null
        })
        return { taker, queue, ran }
      }

      it('take over from one that was killed', async () => {
        const { taker, queue, ran } = await startTwo()
        taker.child.kill('SIGKILL')
        const killedAt = Date.now()
        await eventually(() => expect(ran).toEqual(['a']))
        const seconds = ((Date.now() - killedAt) / 1_000).toFixed(1)
        process.stdout.write(`${name}: a step was taken over ${seconds} s after the kill\n`)
        await queue.stop()
      })

      it('say which datastore they cannot reach, without its password, and leave nothing open', async () => {
        const { kind } = place.store
        const { urls, close } = await openUnreachable(kind)
        const { code, output } = await startTaker('steps', ...urls.map((url) => ({ kind, url }))).ended
        expect(code).toBe(1)
        const places = urls.map((url) => url.replace('me:secret@', ''))
        const parts = ['queue steps', 'bus of events'].flatMap((part) =>
          places.map((url) => `The ${part} on ${url}`),
        )
        const said = output.trimEnd().split('\n')
        expect(said.map((line) => line.split(' cannot be reached: ')[0]).sort()).toEqual(parts.sort())
        for (const line of said) expect(line).toMatch(/ cannot be reached: .+[^.]\.$/)
        expect(output).not.toContain('secret')
        close()
      })

      it('take over at once from one that stops, of which nothing is left open', async () => {
        const { taker, queue, ran } = await startTwo()
        taker.child.kill('SIGTERM')
        await eventually(() => expect(ran).toEqual(['a']))
        expect(await taker.ended).toEqual({ code: 0, output: 'open\ntook a\nclosed\n' })
        await queue.stop()
      })

      it('can stop while it does not answer, and leave nothing open', async () => {
        const server = await startServer()
        const taker = startTaker('steps', storeOn(server))
        await taker.says('open')
        await server.kill()
        taker.child.kill('SIGTERM')
        expect(await taker.ended).toEqual({ code: 0, output: 'open\nclosed\n' })
        await server.stop()
      })
    },
    { concurrent: true },
  )
}
