/** `npm run emulator`: X, played on this machine, for any client. */
import { answers, demandFree, portOf, stopWithStarter, wranglerDev } from './processes.ts'

const port = portOf('X_PORT', 8788)
const x = `http://localhost:${port}`

stopWithStarter()
await demandFree(port, 'X_PORT', 'npm run emulator')
console.log('Starting …')
const worker = wranglerDev('emulator', [
  ...['--config', 'emulator/wrangler.toml', '--port', String(port), '--inspector-port', '0'],
])
await answers(`${x}/_emulator/state`)
worker.show()
console.log(`
  X is played at    ${x}   (open it: it says what a client needs)
  Users, grants     curl ${x}/_emulator/state
  What came in      curl ${x}/_emulator/calls

  Ctrl-C stops it; what it knows stays for the next start.
`)
