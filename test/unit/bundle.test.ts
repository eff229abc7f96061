import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'

const BUDGET_BYTES = 128 * 1024

it('the Worker, minified and gzipped, stays within 128 KiB', () => {
  const out = mkdtempSync(join(tmpdir(), 'perch-'))
  execFileSync('wrangler', ['deploy', '--dry-run', '--outdir', out], {
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    stdio: 'ignore',
  })
  expect(gzipSync(readFileSync(join(out, 'index.js'))).length).toBeLessThan(BUDGET_BYTES)
}, 60_000)
