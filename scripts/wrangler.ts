/** How `wrangler dev` is run here, so that what passes through it stays with whoever started it. */
import { chmodSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The environment of a `wrangler dev`. Its explorer would show every stored value to any page that is open in a local
 * browser, and its observability keeps the full URL of each request, with codes, tickets and proofs in them.
 */
export function wranglerEnv(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    X_LOCAL_EXPLORER: 'false',
    X_LOCAL_OBSERVABILITY: 'false',
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
  }
}

/** Where wrangler keeps the state of both Workers. */
const KEPT = ['.wrangler', 'emulator/.wrangler']
/** Below each: the URLs that starts without the settings above have written down. */
const TRACES = ['state/v3/observability', 'real-x/v3/observability']

/**
 * What this process and those it starts write from now on is for their owner alone to read, and so is what earlier
 * starts have left, without the URLs.
 */
export function writeForOwnerAlone(): void {
  process.umask(0o077)
  for (const kept of KEPT) {
    for (const traces of TRACES) rmSync(join(kept, traces), { recursive: true, force: true })
    if (existsSync(kept)) chmodSync(kept, 0o700)
  }
}
