import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000, // 30 seconds: a bound for hangs, never a verdict on speed
    hookTimeout: 30_000,
  },
})
