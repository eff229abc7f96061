/**
 * Waits for what comes by itself. Whoever else is busy makes it come later, so the time-out is for what never comes; vitest's
 * own second was too short on a slow machine.
 */
import { vi } from 'vitest'

const TIMEOUT_MS = 15_000

type Options = Parameters<typeof vi.waitFor>[1]

const patient = (options: Options = {}): Options =>
  typeof options === 'number' ? options : { timeout: TIMEOUT_MS, ...options }

/** Tries again until it does not throw. */
export const eventually = <T>(look: () => T | Promise<T>, options?: Options): Promise<T> =>
  vi.waitFor(look, patient(options))

/** Looks again until what it finds is true. */
export const untilTrue: typeof vi.waitUntil = (look, options) =>
  vi.waitUntil(look, patient(options))
