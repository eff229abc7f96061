/**
 * `PERCH_KEY=… npm run import -- FILE --from tweepy|twitter-api-v2|xurl|perch [--origin URL] [--exchange]`: brings the
 * accounts of a file to Perch. The same command again goes on where it was. Ends with 0 where all are there, 1 where some
 * failed, 2 where it could not go on.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { barOf } from './moving/bar.ts'
import { deploymentOf, giveUp } from './moving/deployment.ts'
import { importing } from './moving/importing.ts'
import { Journal } from './moving/journal.ts'
import { type Contents, READERS, SHAPES, type Shape } from './moving/readers.ts'
import { send } from './moving/send.ts'

const USAGE = `PERCH_KEY=… npm run import -- FILE --from ${SHAPES.join('|')} [--origin http://localhost:8787] [--exchange]`

function given() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        from: { type: 'string' },
        origin: { type: 'string', default: process.env.PERCH ?? 'http://localhost:8787' },
        exchange: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    return giveUp(`${error instanceof Error ? error.message : ''}\n${USAGE}`)
  }
}

const { values, positionals } = given()
const [file, ...others] = positionals
const shape = SHAPES.find((known) => known === values.from)
if (file === undefined || others.length > 0 || !shape) giveUp(USAGE)
const deployment = deploymentOf(values.origin, 'PERCH_KEY')
const [journalFile, reportFile] = [`${file}.perch-journal`, `${file}.perch-report`]

function contents(path: string, from: Shape): Contents {
  try {
    return READERS[from](readFileSync(path, 'utf8'))
  } catch (error) {
    return giveUp(`${path}: ${error instanceof Error ? error.message : 'it cannot be read.'}`)
  }
}

function journalOf(path: string): Journal {
  try {
    return Journal.of(path, deployment.origin)
  } catch (error) {
    return giveUp(error instanceof Error ? error.message : `${path} cannot be read.`)
  }
}

const { items, apps } = contents(file, shape)
if (apps > 1)
  console.error(
    `The file has tokens of ${apps} apps. Only those of the app whose credentials Perch has will work.`,
  )
const lines = items.map((item) =>
  values.exchange && item.line?.oauth1 ? { ...item, line: { ...item.line, exchange: true } } : item,
)
const bar = barOf(lines.length)
const { fates, stopped } = await importing(lines, {
  send: (batch, hear) => send(deployment, batch, hear),
  now: () => Date.now(),
  sleep: (ms) => sleep(ms),
  journal: journalOf(journalFile),
  show: bar.show,
})
writeFileSync(reportFile, fates.map((fate) => `${JSON.stringify(fate)}\n`).join(''), {
  mode: 0o600,
})
const counts = new Map<string, number>()
for (const { status } of fates) counts.set(status, (counts.get(status) ?? 0) + 1)
bar.stop([...counts].map(([status, count]) => `${count} ${status}`).join(', ') || 'Nothing to do')
console.error(`By line: ${reportFile}`)
if (stopped) {
  const { code, title, detail, fix } = stopped
  console.error(`Stopped: ${[title ?? code, detail, fix].filter(Boolean).join(' ')}`)
  console.error('What is done is noted. The same command goes on from here.')
}
process.exitCode = stopped ? 2 : counts.has('failed') ? 1 : 0
