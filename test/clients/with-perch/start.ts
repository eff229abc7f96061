/** Perch as a process, at X as the emulator plays it: `start.ts <port> <the emulator's origin> <admin key>`. It ends with who started it. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answers, stopWithStarter, wranglerDev } from '../../../scripts/processes.ts'
import { APP } from '../players/x.ts'

const [port = '', x = '', adminKey = ''] = process.argv.slice(2)

stopWithStarter()
const state = mkdtempSync(join(tmpdir(), 'perch-clients-'))
process.on('exit', () => rmSync(state, { recursive: true, force: true, maxRetries: 5 }))

const settings = {
  X_API_ORIGIN: x,
  X_WEB_ORIGIN: x,
  X_SCOPES: 'tweet.write',
  X_CLIENT_ID: APP.clientId,
  X_CLIENT_SECRET: APP.clientSecret,
  X_API_KEY: APP.apiKey,
  X_API_SECRET: APP.apiSecret,
  LOGIN_FLOWS: 'oauth2 oauth1',
  SEALING_KEYS: randomBytes(32).toString('base64'),
  ADMIN_KEY: adminKey,
}
wranglerDev('perch', [
  ...['--port', port, '--inspector-port', '0', '--persist-to', state],
  ...Object.entries(settings).flatMap(([name, value]) => ['--var', `${name}:${value}`]),
])
await answers(`http://localhost:${port}/healthz`)
console.log('Perch is up.')
