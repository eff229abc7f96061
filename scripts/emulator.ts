/**
 * `npm run emulator`: X, played on this machine, for any client. `npm run emulator -- --as-x` plays it under X's own names as
 * well, for clients that have them built in.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certificatesFor } from '../emulator/as-x/authority.ts'
import { X_NAMES } from '../emulator/as-x/names.ts'
import { startProxy } from '../emulator/as-x/proxy.ts'
import { answers, demandFree, portOf, stopWithStarter, wranglerDev } from './processes.ts'

const asX = process.argv.includes('--as-x')
const port = portOf('X_PORT', 8788)
const proxyPort = portOf('X_PROXY_PORT', 8789)
const x = `http://localhost:${port}`
const command = `npm run emulator${asX ? ' -- --as-x' : ''}`

stopWithStarter()
await demandFree(port, 'X_PORT', command)
if (asX) await demandFree(proxyPort, 'X_PROXY_PORT', command)
console.log('Starting …')
const worker = wranglerDev('emulator', [
  ...['--config', 'emulator/wrangler.toml', '--port', String(port), '--inspector-port', '0'],
])
await answers(`${x}/_emulator/state`)
const lines = asX ? await playedAsX() : []
worker.show()
console.log(`
  X is played at    ${x}   (open it: it says what a client needs)
  Users, grants     curl ${x}/_emulator/state
  What came in      curl ${x}/_emulator/calls
${lines.map((line) => `\n${line}`).join('')}
  Ctrl-C stops it; what it knows stays for the next start.
`)

/** Starts the proxy. @returns the lines that point a client at it */
async function playedAsX(): Promise<string[]> {
  const made = certificatesFor(X_NAMES)
  const dir = mkdtempSync(join(tmpdir(), 'x-emulator-'))
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
  const authority = join(dir, 'authority.pem')
  writeFileSync(authority, made.authority, { mode: 0o600 })
  await startProxy(proxyPort, port, made)
  const proxy = `http://127.0.0.1:${proxyPort}`
  const settings = {
    HTTPS_PROXY: proxy,
    https_proxy: proxy,
    NO_PROXY: 'localhost,127.0.0.1',
    NODE_USE_ENV_PROXY: '1',
    NODE_EXTRA_CA_CERTS: authority,
    REQUESTS_CA_BUNDLE: authority,
    SSL_CERT_FILE: authority,
    CURL_CA_BUNDLE: authority,
    PERL_LWP_SSL_CA_FILE: authority,
    PERL_LWP_ENV_PROXY: '1',
  }
  return [
    `  Under X's names: ${X_NAMES.join(', ')}. Paste this where the client runs; it ends with that shell:`,
    '',
    ...Object.entries(settings).map(([name, value]) => `export ${name}=${value}`),
    '',
  ]
}
