/**
 * `npm run stories`: an X that is wrong about everybody, told to Perch as a real process, and how many accounts are lost
 * by it. Halts are made short in the copy that runs, or each story would take an hour.
 *
 * - `browns-out`: 30 accounts fall due while X rotates each token and a gateway answers 503
 * - `lies`: 30 accounts fall due while X calls every token invalid, for longer than the first halt
 * - `lies-in-doubt`: X answers 503 to 20 accounts, and then calls each of their tokens invalid
 */
import { parseArgs } from 'node:util'
import { settle } from './outcome.ts'
import { LIE } from './plan.ts'
import { counted, table } from './report.ts'
import { shorten } from './shorten.ts'
import { pause } from './wait.ts'
import { killAll } from './worker.ts'
import { answer, connect, freshTree, startWorld, type Tree, type World } from './world.ts'

const NAMES = ['browns-out', 'lies', 'lies-in-doubt'] as const
type Name = (typeof NAMES)[number]

/** How many accounts may be lost. */
const BOUNDS: Record<Name, { accounts: number; lost: number }> = {
  'browns-out': { accounts: 30, lost: 12 },
  lies: { accounts: 30, lost: 0 },
  'lies-in-doubt': { accounts: 20, lost: 0 },
}

/** Due after two thirds of it, and alive for the last one. */
const TTL_SECONDS = 120
const DUE_SECONDS = 82
const SWEEP_EVERY_MS = 2000
/** A thirtieth of what they are; what halts, and what ends a halt, stays as it is. */
const SHORTER = { MASS_HALT_SECONDS: '[20, 60, 120]', MASS_TURN_SECONDS: '10' }
/** A tenth longer than the first halt. */
const LIE_SECONDS = 22

const { positionals } = parseArgs({ allowPositionals: true })
const asked = NAMES.filter((name) => positionals.length === 0 || positionals.includes(name))
if (asked.length === 0) throw new Error(`There are: ${NAMES.join(', ')}.`)
let tree: Tree | undefined
process.on('exit', () => {
  killAll()
  tree?.remove()
})
process.on('SIGINT', () => process.exit(130))

/** @returns whether no more were lost than may be */
async function tell(name: Name): Promise<boolean> {
  const { accounts, lost } = BOUNDS[name]
  tree = await freshTree()
  shorten(SHORTER)
  const world = await startWorld(tree, false)
  await answer(world)
  const { x, perch } = world
  const callbacks = [`http://localhost:${tree.ports.perch}/callback`]
  await x.app({ access_token_ttl: TTL_SECONDS, callbacks })
  const connectedAt = Date.now()
  const { ids } = await connect(world, accounts, Number.POSITIVE_INFINITY)
  await x.app({ access_token_ttl: 7200 })
  await pause(connectedAt + DUE_SECONDS * 1000 - Date.now())

  await PLOTS[name](world, accounts)
  const wrongly = (await x.refreshes()).length
  await x.forgetFaults()
  // X is well again: sweeps go on, and programs ask.
  const sweeps = setInterval(() => void perch.sweep(), SWEEP_EVERY_MS)
  const { rested, stuck } = await settle(perch, ids)
  clearInterval(sweeps)
  const ended = [...rested.values()].filter(({ lease }) => !lease)
  const reasons = counted(ended.map(({ account }) => account.oauth2?.ended?.reason ?? 'none'))
  const calls = (await x.refreshes()).map(({ outcome }) => outcome.split(':')[0] ?? '')
  console.log(`\n${name}`)
  console.log(
    table([
      ['accounts', accounts],
      ['refreshes while X was wrong', wrongly],
      ['refreshes at X', `${calls.length}: ${counted(calls)}`],
      ['login_required', `${ended.length}: ${reasons}`],
      ['never at rest', stuck.size],
      ['lost', `${ended.length + stuck.size}, at most ${lost}`],
    ]),
  )
  for (const why of new Set(stuck.values())) console.log(`  ${why}`)
  await world.worker.killGroup()
  killAll()
  world.wire.close()
  tree.remove()
  return ended.length + stuck.size <= lost
}

/** What X does, and for how long. Sweeps come all the time, as after a deploy that made up for lost ones. */
const PLOTS: Record<Name, (world: World, accounts: number) => Promise<void>> = {
  'browns-out': async (world) => {
    await world.x.order('gateway:503', 'always')
    await sweeping(world, 25)
  },
  lies: async (world) => {
    await world.x.order(LIE, 'always')
    await sweeping(world, LIE_SECONDS + 5)
  },
  'lies-in-doubt': async (world, accounts) => {
    await world.x.order('status:503', accounts)
    await sweeping(world, 25)
    await world.x.forgetFaults()
    await world.x.order(LIE, 'always')
    await sweeping(world, 100)
  },
}

async function sweeping({ perch }: World, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (Date.now() < end) {
    await perch.sweep()
    await pause(SWEEP_EVERY_MS)
  }
}

let failed = false
for (const name of asked) failed = !(await tell(name)) || failed
process.exit(failed ? 1 : 0)
