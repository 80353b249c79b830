import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { untilStuck } from './large-answers.ts'
import { mega, minute, second, useSlowReaders } from './slow-reader-world.ts'
import { until } from './support.ts'

const world = useSlowReaders()

const get = (query: string, accept = 'application/json') =>
  `GET /graphql?query=${encodeURIComponent(query)} HTTP/1.1\r\nHost: localhost\r\nAccept: ${accept}\r\n\r\n`

test('a client that does not read is given 30 seconds without progress, whatever it sends meanwhile', async () => {
  const socket = await world.silent(get(`{ big(bytes: ${20 * mega}) }`))
  await until(() => world.large.counts.answers === 1)
  await untilStuck(() => 0)
  for (const letter of 'GET') {
    await world.clock.advance(9 * second)
    expect(world.ended()).toEqual([])
    socket.write(letter) // of another request: no sign that it reads
  }
  await world.clock.until(() => world.ended().length === 1, second)
  expect(world.ended()[0]).toMatchObject({ level: 40, reason: 'nothing was read for 30 s' })
  // Only pieces of the answer ever waited for the socket.
  expect(Number(world.ended()[0]?.['waitingBytes'])).toBeLessThan(4 * mega)
  expect(await world.isServed()).toBe(true)
})

test('thirty connections that do not read end with one line each', async () => {
  for (let client = 0; client < 30; client += 1) await world.silent(get(`{ big(bytes: ${10 * mega}) }`))
  await until(() => world.large.counts.answers === 30)
  await untilStuck(() => 0)
  await world.clock.until(() => world.ended().length === 30, second)
  await world.clock.advance(minute)
  expect(world.ended().length).toBe(30)
})

test('a client that reads slowly gets all of it, however long that takes', async () => {
  const socket = await world.silent(get(`{ big(bytes: ${20 * mega}) }`))
  await until(() => world.large.counts.answers === 1)
  let bytes = 0
  socket.on('data', (chunk) => {
    bytes += chunk.length
    socket.pause()
  })
  // A chunk every 20 seconds is slow; the system's buffers hold many, so most chunks come at once.
  while (bytes < 20 * mega) {
    for (let chunk = 0; chunk < 64; chunk += 1) {
      socket.resume()
      await new Promise((done) => setImmediate(done))
    }
    await world.clock.advance(20 * second)
  }
  expect(world.ended()).toEqual([])
})

test('requests that are sent ahead run one after the other, and a flood of them ends the connection', async () => {
  const query = get(`{ big(bytes: ${mega}) }`)
  await world.silent(query.repeat(50))
  await untilStuck(() => world.large.counts.answers)
  expect(world.large.counts.answers).toBeLessThan(30) // what the system's buffers took
  expect(world.ended()).toEqual([])
  const before = world.large.counts.answers
  await world.silent(query.repeat(1_500))
  await until(() => world.ended().length === 1)
  expect(world.ended()[0]).toMatchObject({ reason: 'more than 100 requests wait behind another' })
  await untilStuck(() => world.large.counts.answers)
  expect(world.large.counts.answers - before).toBeLessThan(30)
})

test('requests that are sent ahead are answered in order to a client that reads', async () => {
  const socket = connect(world.gateway.port, '127.0.0.1')
  world.onEnd(() => socket.destroy())
  let text = ''
  socket.on('data', (data) => {
    text += data
  })
  socket.write(get('{ held }') + get('{ hello }').repeat(50))
  await until(() => world.large.counts.held === 1)
  world.large.letGo()
  await until(() => text.split('"hello":"hello"').length === 51)
  expect(text.indexOf('let go')).toBeLessThan(text.indexOf('"hello"'))
})

test('an event stream waits for its reader, and ends after 30 seconds', async () => {
  await world.silent(get(`subscription { bigs(bytes: ${mega}) }`, 'text/event-stream'))
  await untilStuck(() => world.large.counts.answers)
  expect(world.large.counts.answers).toBeLessThan(30)
  await world.expectStall()
})

test('a kept output may pause for 10 minutes', async () => {
  await world.silent('GET /outputs/a HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await untilStuck(() => world.gateway.lines.length)
  await world.clock.advance(9 * minute)
  expect(world.ended()).toEqual([])
  await world.clock.until(() => world.ended().length === 1, second)
  expect(world.ended()[0]).toMatchObject({ reason: 'nothing was read for 600 s' })
})
