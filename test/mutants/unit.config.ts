import { defineConfig } from 'vitest/config'

/** The unit ring alone: without workerd it starts in a moment, which counts where it starts hundreds of times. */
export default defineConfig({
  test: {
    name: 'unit',
    include: ['test/unit/**/*.test.ts'],
    setupFiles: ['./test/seed.ts'],
    isolate: false,
    maxWorkers: 1,
  },
})
