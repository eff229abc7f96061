import { defineConfig } from 'vitest/config'

/** One file at a time: there is one emulator. */
export default defineConfig({
  test: {
    include: ['*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 90_000,
    fileParallelism: false,
  },
})
