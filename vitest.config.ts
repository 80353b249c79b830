import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Vite takes graphql's ES build, Node (for every other package) its CommonJS one; two copies do not know each
  // other's types.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    // Most of a test's time is waiting: for sockets, disks, processes and short pauses of real time.
    maxWorkers: 3,
    // Files share the modules of their process: each would import GraphQL, the drivers and all of src anew, which is a
    // fourth of a run. So no file may leave a global changed behind it.
    isolate: false,
    tags: ['Chromium', 'nginx', 'ffmpeg'].map((name) => ({ name, description: `needs ${name}` })),
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 120_000, // 2 minutes: a bound for hangs, never a verdict on speed
    hookTimeout: 120_000,
  },
})
