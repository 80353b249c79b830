import { setTimeout as pause } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'

/** Asks for one address over and over, and keeps the longest time until an answer; each message asks for it, and begins anew. */
const url = workerData as string
let longest = 0

parentPort?.on('message', () => {
  parentPort?.postMessage(longest)
  longest = 0
})

for (;;) {
  const begun = performance.now()
  await fetch(url).then((response) => response.arrayBuffer())
  longest = Math.max(longest, performance.now() - begun)
  await pause(2)
}
