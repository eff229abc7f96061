/**
 * `npm start`: Perch and the X emulator, up and ready to click. `npm start -- --real-x` starts Perch alone against X,
 * with your app's credentials from `.dev.vars`.
 */
import { devVars, EMULATOR_CLIENT_ID } from './dev-vars.ts'
import { answers, demandFree, portOf, stopWithStarter, wranglerDev } from './processes.ts'

const realX = process.argv.includes('--real-x')
const port = portOf('PORT', 8787)
const xPort = portOf('X_PORT', 8788)
const perch = `http://localhost:${port}`
const x = `http://localhost:${xPort}`

stopWithStarter()

if (port === xPort && !realX) {
  console.error(`PORT and X_PORT are both ${port}: each Worker needs a port of its own.`)
  process.exit(1)
}
await demandFree(port, 'PORT')
if (!realX) await demandFree(xPort, 'X_PORT')

const { made, vars } = devVars()
if (made) console.log('Made .dev.vars with fresh random keys.')
if (!realX && vars.X_CLIENT_ID !== EMULATOR_CLIENT_ID)
  console.log(
    'Note: X_CLIENT_ID in .dev.vars is not the emulator’s. For the real X: npm start -- --real-x',
  )
if (realX && vars.X_CLIENT_ID === EMULATOR_CLIENT_ID)
  console.log('Note: X_CLIENT_ID in .dev.vars is the emulator’s. Put your app’s credentials there.')
console.log('Starting …')

const workers = []
if (!realX)
  workers.push(
    wranglerDev('emulator', [
      ...['--config', 'emulator/wrangler.toml', '--port', String(xPort), '--inspector-port', '0'],
    ]),
  )
// Grants of X and of the emulator must never meet: one would be refreshed at the other, and end.
const state = realX ? ['--persist-to', '.wrangler/real-x'] : []
const flows = realX ? [] : ['LOGIN_FLOWS:oauth2 oauth1 signin pin']
// A tunnel or a proxy in front speaks https to people and plain http to us, under the host that people see.
const atPublic = URL.parse(vars.PUBLIC_ORIGIN ?? '')
const hosts = [vars.DEV_HTTP_HOSTS, atPublic?.host].filter(Boolean).join(' ')
const own = [`PUBLIC_ORIGIN:${vars.PUBLIC_ORIGIN ?? ''}`, `DEV_HTTP_HOSTS:${hosts}`]
const ip = process.env.IP ? ['--ip', process.env.IP] : []
const origins = realX ? [] : [`X_API_ORIGIN:${x}`, `X_WEB_ORIGIN:${x}`]
workers.push(
  wranglerDev('perch', [
    ...['--port', String(port), '--inspector-port', '0', ...ip, ...state],
    ...[...origins, ...own, 'LOGIN_ALLOW:*', ...flows].flatMap((value) => ['--var', value]),
  ]),
)
await Promise.all([answers(`${perch}/style.css`), realX || answers(`${x}/_emulator/state`)])
if (!realX) await registerCallbacks()
for (const worker of workers) worker.show()

const health = (await (await fetch(`${perch}/healthz`)).json()) as { set: Record<string, string> }
for (const [name, fix] of Object.entries(health.set))
  console.log(`Still to be set: ${name}. ${fix}`)

const auth = `-H 'Authorization: Bearer ${vars.ADMIN_KEY ?? '<ADMIN_KEY>'}'`
console.log(`
  Perch is up.

  Log in            ${atPublic?.origin ?? perch}
  Who is connected  curl ${auth} ${perch}/v1/accounts
  A token           curl ${auth} ${perch}/v1/accounts/${realX ? '<id>' : '1000000001'}/token
  Run the cron      curl '${perch}/cdn-cgi/handler/scheduled?cron=*/5+*+*+*+*'
${
  realX
    ? ''
    : `
  X is played by    ${x}   (users alice, whose id is 1000000001, and bob)
  Short tokens      curl -X PUT ${x}/_emulator/app -d '{"access_token_ttl": 60}'
                    From the next login or refresh on each token lives a minute, and is due after 40 seconds.
`
}
  Ctrl-C stops everything; what is connected stays for the next start.
`)

/** The emulator compares callbacks exactly, as X does, so it has to know ours on this port. */
async function registerCallbacks(): Promise<void> {
  const state = (await (await fetch(`${x}/_emulator/state`)).json()) as {
    apps: { client_id: string; callbacks: string[] }[]
  }
  const named = hosts.split(/[\s,]+/).filter(Boolean)
  const ours = ['localhost', '127.0.0.1', ...named]
    .map((host) => `http://${/:\d+$/.test(host) ? host : `${host}:${port}`}/callback`)
    .concat(atPublic ? `${atPublic.origin}/callback` : [])
  for (const { client_id, callbacks: former } of state.apps) {
    const callbacks = [...new Set([...former, ...ours])]
    const url = `${x}/_emulator/app?${new URLSearchParams({ client_id })}`
    await fetch(url, { method: 'PUT', body: JSON.stringify({ callbacks }) })
  }
}
