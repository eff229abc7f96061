import { type Context, Hono } from 'hono'
import type { Own } from '../env.ts'
import { CALLS_SHOWN, LIST_LIMIT, USERS_SHOWN } from '../limits.ts'
import { giveUserToken } from '../oauth1/user-token.ts'
import { HomePage } from '../pages/home.tsx'
import { page } from '../pages/page.tsx'
import { STYLE } from '../pages/style.ts'
import { changeApp, findApp, firstApp, listApps } from '../store/apps.ts'
import { clearCalls, lastCalls, listCalls } from '../store/calls.ts'
import { endCodesOf } from '../store/codes.ts'
import { addFault, clearFaults, listFaults } from '../store/faults.ts'
import { grantsOf } from '../store/find-grants.ts'
import { endGrant } from '../store/grants.ts'
import { endRequestTokensOf } from '../store/request-tokens.ts'
import { endSubscriptionsOf } from '../store/subscriptions.ts'
import { addUser, changeUser, findUser, listUsers, type User } from '../store/users.ts'
import type { World } from '../store/world.ts'
import { tellRevoked } from '../webhooks/events.ts'
import { tellProfile } from '../webhooks/profile.ts'
import { readAppChanges } from './app-input.ts'
import { readFault } from './fault-input.ts'
import { InputError, objectWith, queryNumber, readJson } from './input.ts'
import { readState } from './state.ts'
import { readKind, readUserChange, readUsername, readUsers } from './user-input.ts'
import { webhookControl } from './webhooks.ts'

/** What X does not have: the emulator's own page, and the API that tests steer it with. */
export const control = new Hono<Own>()

/** A page somewhere on the web must not steer the emulator of who looks at it. */
control.use(async (c, next) => {
  const foreign = c.req.header('Sec-Fetch-Site') === 'cross-site'
  if (foreign && c.req.method !== 'GET') return c.json({ error: 'Not from another site.' }, 403)
  return next()
})

control.get('/', (c) =>
  page(
    <HomePage
      apps={listApps(c.env.world)}
      origin={originOf(c)}
      users={listUsers(c.env.world, USERS_SHOWN)}
      calls={lastCalls(c.env.world, CALLS_SHOWN)}
    />,
  ),
)
control.get('/favicon.ico', (c) => c.body(null, 204))
control.get('/_emulator/style.css', (c) => c.body(STYLE, 200, { 'Content-Type': 'text/css' }))

control.get('/_emulator/state', (c) => {
  const limit = queryNumber(c.req.query('limit'), 'limit', LIST_LIMIT)
  return c.json(readState(c.env.world, limit, c.req.query('username')))
})

control.get('/_emulator/calls', (c) => {
  const path = c.req.query('path')
  const since = queryNumber(c.req.query('since'), 'since', 0)
  const limit = queryNumber(c.req.query('limit'), 'limit', -1)
  return c.json({ calls: listCalls(c.env.world, { path, since, limit }) })
})

control.delete('/_emulator/calls', (c) => {
  clearCalls(c.env.world)
  return c.json({ calls: [] })
})

control.post('/_emulator/clock', async (c) => {
  const { advance_seconds: seconds } = objectWith(await body(c), ['advance_seconds'])
  if (typeof seconds !== 'number' || !(Math.abs(seconds) <= CLOCK_STEP_MAX_SECONDS)) {
    throw new InputError('advance_seconds: expected a number of at most ten years, either way.')
  }
  c.env.world.advance(seconds)
  return c.json({ now: c.env.world.now() })
})

control.get('/_emulator/faults', (c) => c.json({ faults: listFaults(c.env.world) }))

control.post('/_emulator/faults', async (c) => {
  addFault(c.env.world, readFault(c.env.world, await body(c)))
  return c.json({ faults: listFaults(c.env.world) }, 201)
})

control.delete('/_emulator/faults', (c) => {
  clearFaults(c.env.world)
  return c.json({ faults: [] })
})

control.post('/_emulator/users', async (c) => {
  const { world } = c.env
  const wanted = readUsers(await body(c))
  const users = world.transaction(() =>
    wanted.map((each) => {
      const user = addUser(world, each)
      if ('taken' in user) throw new InputError(`The ${user.taken} is taken.`)
      return user
    }),
  )
  return c.json({ users }, 201)
})

control.put('/_emulator/user', async (c) => {
  const { world } = c.env
  const { of, changes } = readUserChange(await body(c))
  const former = userNamed(world, of)
  const taken = changes.username && findUser(world, changes.username)
  if (taken && taken.id !== former.id) throw new InputError('The new_username is taken.')
  const user = { ...former, ...changes }
  changeUser(world, user)
  tellProfile(world, former, user)
  return c.json({ user })
})

control.post('/_emulator/tokens', async (c) => {
  const { world } = c.env
  const user = userNamed(world, readUsername(objectWith(await body(c), ['username']).username))
  const app = firstApp(world)
  const made = world.transaction(() => giveUserToken(world, app, user, app.permissions))
  return c.json({ access_token: made.token, access_token_secret: made.secret }, 201)
})

control.post('/_emulator/revoke', async (c) => {
  const { world } = c.env
  const { username, kind } = objectWith(await body(c), ['username', 'kind'])
  const user = userNamed(world, readUsername(username))
  const one = kind === undefined ? undefined : readKind(kind)
  const grants = grantsOf(world, user.id).filter((grant) => one === undefined || grant.kind === one)
  world.transaction(() => {
    for (const grant of grants) endGrant(world, grant, 'revoked_by_user')
    if (one !== undefined) return
    endCodesOf(world, user.id)
    endRequestTokensOf(world, user.id)
    tellRevoked(world, user)
    endSubscriptionsOf(world, user.id)
  })
  return c.json({ ended: grants.length })
})

control.route('/', webhookControl)

control.put('/_emulator/app', async (c) => {
  const { world } = c.env
  const changes = readAppChanges(await body(c))
  const named = c.req.query('client_id')
  const former = named === undefined ? firstApp(world) : findApp(world, 'client_id', named)
  if (!former) throw new InputError(`client_id: no app "${named}".`)
  for (const by of ['client_id', 'api_key'] as const) {
    const other = findApp(world, by, changes[by])
    if (other && other.client_id !== former.client_id)
      throw new InputError(`${by}: another app has it.`)
  }
  const app = { ...former, ...changes }
  changeApp(world, former.client_id, app)
  return c.json({ app })
})

control.post('/_emulator/reset', (c) => {
  c.env.world.reset()
  return c.json({ now: c.env.world.now() })
})

control.notFound((c) => c.json({ error: `No such control endpoint. See ${originOf(c)}/` }, 404))

control.onError((error, c) => {
  if (error instanceof InputError) return c.json({ error: error.message }, 400)
  console.error(error)
  return c.json({ error: 'The emulator failed. See its log.' }, 500)
})

const CLOCK_STEP_MAX_SECONDS = 10 * 365 * 24 * 3600

async function body(c: Context<Own>): Promise<unknown> {
  return readJson(await c.req.text())
}

function userNamed(world: World, username: string): User {
  const user = findUser(world, username)
  if (!user) throw new InputError(`No user "${username}".`)
  return user
}

function originOf(c: Context<Own>): string {
  return new URL(c.req.url).origin
}
