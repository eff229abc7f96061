/**
 * `npm run chaos`: Perch and the emulator as real processes, accounts whose tokens are due all the time, and everything
 * that can go wrong: Perch is killed at random moments, objects are moved in mid-call, X loses, delays and refuses replies,
 * browns out, and calls good tokens invalid, while a receiver of events fails. In the end every account whose last pair was delivered has to work, and every one that holds an OAuth 1.0a token whatever was lost. `--short` is CI's; `--seed` replays what went wrong, and when.
 */
import { calm, quiet } from './calm.ts'
import { verdict } from './judge.ts'
import { type Options, optionsOf } from './options.ts'
import { asked, callsOf, journalsIn, type Outcome, settle } from './outcome.ts'
import { BROWN_OUT, kindOf, LIE, planOf, randomOf, SHORT_TTL_SECONDS } from './plan.ts'
import { startReceiver } from './receiver.ts'
import { healings, historyOf, losses, table, totals } from './report.ts'
import { shorten } from './shorten.ts'
import { storm } from './storm.ts'
import { startCron, startTraffic } from './traffic.ts'
import { until } from './wait.ts'
import { startWatch } from './watch.ts'
import { killAll } from './worker.ts'
import { answer, connect, freshTree, startWorld, type Tree } from './world.ts'

const LONG_TTL_SECONDS = 7200
/**
 * What X has ended is tried again within the run, and a halt for many refusals ends in it; what begins either stays as it
 * is. Every rotation is remembered, to be counted.
 */
const SHORTER = {
  ENDED_RETRIES_SECONDS: '[3, 6, 12]',
  MASS_HALT_SECONDS: '[5, 10, 20]',
  MASS_TURN_SECONDS: '5',
  ROTATIONS_REMEMBERED: '10_000',
  HEAL_GAP_SECONDS: '3',
  HEALS_A_DAY: '1000',
  DELIVERY_AGAIN_SECONDS: '[1, 2, 4]',
}
/** What the first exchanges meet, one each. No wrong word: a real no to an exchange is X's last one. */
const EXCHANGE_FAULTS = [
  'drop_after_commit',
  'status:503',
  'delay_reply:1500',
  'gateway:502',
  'html',
]
/** Whatever hangs, the run ends: starting, connecting and settling take less than this together. */
const LIMIT_SECONDS = 420
const SHORT_LIMIT_SECONDS = 330
/** What failed last is delivered again within seconds; an object that was killed in a run waits for its alarm, a minute past it. */
const TOLD_SECONDS = 90
/** The longest wait for faults that nothing has met yet: Perch looks at X once a minute. */
const LATE_SECONDS = 75

const began = Date.now()
let tree: Tree | undefined
process.on('exit', () => {
  killAll()
  tree?.remove()
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => process.exit(130))
// A signal to npm alone ends npm and not us; what was started goes with it all the same.
const parent = process.ppid
setInterval(() => process.ppid === parent || process.exit(130), 500).unref()

const options = read()
const { accounts, seconds, seed, short } = options
const plan = planOf(accounts, seconds, randomOf(seed), short)
const ordered = [
  ...new Set(
    plan.flatMap((mishap) => {
      if ('brownOut' in mishap) return BROWN_OUT
      return 'fault' in mishap ? kindOf(mishap.fault) : []
    }),
  ),
]
let output = (): string => ''
const limit = short ? SHORT_LIMIT_SECONDS : LIMIT_SECONDS + seconds
setTimeout(() => fail(`${output()}\nIt took longer than ${limit} s.`), limit * 1000).unref()
const again = `npm run chaos -- --accounts ${accounts} --seconds ${seconds} --seed ${seed}`
console.log(`${accounts} accounts, ${seconds} s. The same again: ${again}`)
tree = await freshTree()
shorten(SHORTER)
judge(await run(tree, options))

async function run(at: Tree, { verbose }: Options): Promise<Outcome> {
  const world = await startWorld(at, verbose)
  const { perch, x, worker } = world
  output = world.output
  process.on('uncaughtException', (error) => fail(`${output()}\n${error.stack}`))
  process.on('exit', () => world.wire.close())
  await answer(world)
  const callbacks = [`http://localhost:${at.ports.perch}/callback`]
  await x.app({ access_token_ttl: SHORT_TTL_SECONDS, callbacks })
  const receiver = await startReceiver(randomOf(seed + 2))
  receiver.secret = await perch.endpoint(receiver.url)
  const { ids, both } = await connect(world, accounts)
  // Where the pair goes down as well that heals, the exchange is made again.
  for (const fault of EXCHANGE_FAULTS) await x.orderExchange(fault)
  console.log(`Connected after ${since()} s. Now things go wrong for ${seconds} s.`)

  const traffic = startTraffic(perch, ids, randomOf(seed + 1))
  const cron = startCron(perch)
  const watch = startWatch(perch)
  const done = await storm(plan, seconds, { worker, x, perch })
  // On a slow machine, or while Perch holds back for an X that does not answer, what was ordered takes longer.
  const isDone = async () => (await x.waiting()) === 0
  await until('What was ordered came to pass', LATE_SECONDS, isDone).catch(() => undefined)
  await x.forgetFaults()
  await traffic.stop()
  receiver.calmDown()
  await x.app({ access_token_ttl: LONG_TTL_SECONDS })
  console.log(
    `Over after ${since()} s. What is in doubt is tried again after half a minute to two minutes.`,
  )

  // X was wrong about these: either they work in the end, or X has refused them itself.
  const wronged = new Set(
    (await x.refreshes()).flatMap((call) => (call.fault === LIE ? (call.user_id ?? []) : [])),
  )
  const isOver = async (id: string): Promise<boolean> =>
    !wronged.has(id) ||
    (await x.refreshes()).findLast((call) => call.user_id === id)?.why === 'spent'
  await calm(perch, await settle(perch, ids, isOver))
  const sweeps = await cron()
  await quiet(x)
  const settled = await settle(perch, ids, isOver)
  await watch.end()
  console.log(`Settled after ${since()} s.`)
  const answers = await asked(perch, x, settled)
  const log = await perch.events()
  const isTold = async () => log.every(({ id }) => receiver.told.taken.has(id))
  await until('Everything was told', TOLD_SECONDS, isTold).catch(() => undefined)
  receiver.close()
  // What a record on the disk says then, nobody can still be about to change.
  await worker.killGroup()
  return {
    ...settled,
    ...answers,
    ...done,
    both,
    sweeps,
    stops: watch.stops,
    seen: traffic.seen,
    log,
    told: receiver.told,
    journals: journalsIn(at.state),
  }
}

function judge(outcome: Outcome): never {
  console.log(table([...totals(outcome), ['seconds', since()]]))
  if (outcome.kills.length === 0 || losses(outcome).length === 0)
    fail('Nothing got lost, so this run proves nothing.')
  if (healings(outcome.exchanges).length === 0)
    fail('Nobody healed, so this run proves too little.')
  if (!outcome.exchanges.some(({ fault }) => fault === EXCHANGE_FAULTS[0]))
    fail('No exchange met what was ordered for it.')
  const never = ordered.filter(
    (kind) => !outcome.calls.some(({ fault }) => fault && kindOf(fault) === kind),
  )
  if (never.length > 0) fail(`X never did what was ordered: ${never.join(', ')}.`)
  const wrong = verdict(outcome)
  for (const [id, findings] of wrong) {
    const history = historyOf(callsOf(outcome, id), outcome.kills)
    console.error(`\n${id}\n  ${findings.join('\n  ')}\n${history}`)
  }
  if (wrong.size > 0) fail(`\nWrong with ${wrong.size} of ${accounts}. The same again: ${again}`)
  console.log('Every pair that was delivered works.')
  process.exit(0)
}

function read(): Options {
  try {
    return optionsOf(process.argv.slice(2))
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}

function since(): string {
  return ((Date.now() - began) / 1000).toFixed(1)
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}
