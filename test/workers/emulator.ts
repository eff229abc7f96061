/** Runs once before the workers ring: the emulator on a real port, whose origin the tests' Perch is given. */
import type { TestProject } from 'vitest/node'
import { createTestHarness } from 'wrangler'

declare module 'vitest' {
  export interface ProvidedContext {
    x: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const emulator = createTestHarness({ workers: [{ configPath: 'emulator/wrangler.toml' }] })
  project.provide('x', (await emulator.listen()).url.origin)
  return () => emulator.close()
}
