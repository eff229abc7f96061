/**
 * `npm run mutants`: changes the code in small ways, one at a time and in a copy, and sees whether a test fails. One that
 * survives is named, and is a test that is missing or stands in `explained.json` with the reason why nobody could tell.
 *
 * Options: `--count` (100), `--seed`, `--lanes` (2, processes at once), `--only` part of a file's name, `--rings` those
 * that are asked (`unit,workers`; each takes minutes for a change that the ones before it do not see).
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { randomOf } from '../chaos/plan.ts'
import { type Mutant, mutantsOf, mutated } from './mutate.ts'

/** What is changed, and the tests that know it, the fast ones first. */
const TARGETS: { files: string[]; tests: string[][] }[] = [
  {
    files: [
      'src/account/adoption.ts',
      'src/account/alarm.ts',
      'src/account/attempt.ts',
      'src/account/backoff.ts',
      'src/account/decide.ts',
      'src/account/held-record.ts',
      'src/account/kv-copy-state.ts',
      'src/account/kv-copy.ts',
      'src/account/lease-outcome.ts',
      'src/account/carry.ts',
      'src/account/counsel.ts',
      'src/account/ended-at-x.ts',
      'src/account/exchange.ts',
      'src/account/machine.ts',
      'src/account/record.ts',
      'src/account/refresher.ts',
      'src/account/revocation.ts',
    ],
    tests: [
      ['unit', 'test/unit/account'],
      ['workers', 'test/workers/account', 'test/workers/access', 'test/workers/budgets'],
      ['flows', 'refresh', 'lease', 'grants-race', 'disconnect', 'lazy'],
    ],
  },
  {
    files: [
      'src/app/admission.ts',
      'src/app/breaker.ts',
      'src/app/gate.ts',
      'src/app/halt.ts',
      'src/app/state.ts',
      'src/app/window.ts',
    ],
    tests: [
      ['unit', 'test/unit/app'],
      ['workers', 'test/workers/app', 'test/workers/sweep'],
      ['flows', 'refresh', 'truth'],
    ],
  },
  {
    files: ['src/sweep/consumer.ts', 'src/sweep/sweep.ts'],
    tests: [
      ['unit', 'test/unit/sweep'],
      [
        'workers',
        'test/workers/sweep',
        'test/workers/app',
        'test/workers/budgets',
        'test/workers/scale',
      ],
      ['flows', 'refresh'],
    ],
  },
  {
    files: ['src/access/lease.ts'],
    tests: [
      ['workers', 'test/workers/access', 'test/workers/account', 'test/workers/budgets'],
      ['flows', 'lease', 'refresh'],
    ],
  },
  {
    files: [
      'src/login/answers.ts',
      'src/login/held-grants.ts',
      'src/login/machine.ts',
      'src/login/record.ts',
      'src/login/verdict.ts',
    ],
    tests: [
      ['unit', 'test/unit/login'],
      ['workers', 'test/workers/login'],
      ['flows', 'test/flows/login'],
    ],
  },
]

const NEEDED = [
  'bench',
  'docs',
  'emulator',
  'scripts',
  'src',
  'test',
  'README.md',
  'STORAGE.md',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
  'worker-configuration.d.ts',
  'wrangler.toml',
]
/** Whether the model finds bugs says nothing about this one. */
const VITEST = ['vitest', 'run', '--bail', '1', '-t', '^(?!.*the model finds a bug)']
/** A test that hangs has noticed. The unit ring takes less than a minute. */
const limitOf = (ring: string | undefined): number => (ring === 'unit' ? 180_000 : 600_000)

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    lanes: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    rings: { type: 'string', default: 'unit,workers' },
  },
})
const random = randomOf(Number(values.seed))

interface Explained {
  file: string
  before: string
  after: string
  why: string
}
const explained = JSON.parse(readFileSync('test/mutants/explained.json', 'utf8')) as Explained[]
const reasonOf = ({ file, before, after, line }: Mutant): string | undefined =>
  explained.find(
    (each) =>
      each.file === file && each.after === after && each.before === lineOf(file, line, before),
  )?.why

/** A change is known by the line that it is in: operators alone are too many. */
function lineOf(file: string, line: number, before: string): string {
  const text = readFileSync(file, 'utf8').split('\n')[line - 1]?.trim() ?? ''
  return before.length > 3 ? before : text
}

const all = TARGETS.flatMap(({ files, tests }) =>
  files
    .filter((file) => file.includes(values.only))
    .flatMap((file) =>
      mutantsOf(file, readFileSync(file, 'utf8')).map((mutant) => ({ mutant, tests })),
    ),
)
const chosen = all
  .map((each) => ({ each, at: random.next() }))
  .sort((a, b) => a.at - b.at)
  .slice(0, Number(values.count))
  .map(({ each }) => each)
console.log(`${chosen.length} of ${all.length} changes, seed ${values.seed}.`)

const counts = new Map<string, number>()
const survivors: Mutant[] = []
const folders: string[] = []
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})
process.on('SIGINT', () => process.exit(130))

const waiting = [...chosen]
await Promise.all(Array.from({ length: Number(values.lanes) }, lane))
console.log([...counts].map(([by, count]) => `${by}: ${count}`).join(', '))
for (const survivor of survivors) console.log(`SURVIVED ${inWords(survivor)}`)
process.exit(survivors.length > 0 ? 1 : 0)

async function lane(): Promise<void> {
  const root = process.cwd()
  const folder = mkdtempSync(join(tmpdir(), 'perch-mutants-'))
  folders.push(folder)
  for (const name of NEEDED)
    cpSync(join(root, name), join(folder, name), {
      recursive: true,
      filter: (path) => !path.includes('node_modules'),
    })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  // Where even the code as it is fails, every change would look noticed.
  const fast = new Set(chosen.flatMap(({ tests }) => tests.filter(([ring]) => ring === 'unit')))
  for (const first of fast)
    if ((await killer(folder, [first])) !== undefined)
      throw new Error(`${first.join(' ')} fails without any change.`)
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { mutant, tests } = next
    const path = join(folder, mutant.file)
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, mutated(text, mutant))
    const by = await killer(folder, tests)
    writeFileSync(path, text)
    const why = by === undefined ? reasonOf(mutant) : undefined
    const verdict = by ?? (why === undefined ? 'survived' : 'explained')
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
    if (verdict === 'survived') survivors.push(mutant)
    console.log(`${verdict.padEnd(9)} ${inWords(mutant)}${why ? ` (${why})` : ''}`)
  }
}

/** @returns what noticed the change */
async function killer(folder: string, tests: string[][]): Promise<string | undefined> {
  for (const [ring = '', ...files] of tests) {
    if (!values.rings.split(',').includes(ring)) continue
    const ringed = ring === 'unit' ? ['--config', 'test/mutants/unit.config.ts'] : []
    const run = [...VITEST, ...ringed, '--project', ring, ...files]
    // Tables say it within seconds, a model within a minute.
    const runs = ring === 'unit' ? [[...run, '--exclude', '**/model*.test.ts'], run] : [run]
    for (const each of runs) if (!(await passes(folder, each, limitOf(ring)))) return ring
  }
  return (await passes(folder, ['tsc', '--noEmit'], limitOf(undefined))) ? undefined : 'types'
}

function passes(
  folder: string,
  [program = '', ...args]: string[],
  limitMs: number,
): Promise<boolean> {
  const bin = join(folder, 'node_modules', '.bin', program)
  return new Promise((resolve) => {
    const child = spawn(bin, args, {
      cwd: folder,
      stdio: 'ignore',
      detached: true,
      env: { ...process.env, MODEL_RUNS: '1500', MODEL_SECONDS: '20' },
    })
    const end = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), limitMs)
    child.on('exit', (code) => {
      clearTimeout(end)
      resolve(code === 0)
    })
  })
}

function inWords({ file, line, how, before, after }: Mutant): string {
  const short = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 70)
  return `${file}:${line} ${how}: ${short(before)} → ${short(after)}`
}
