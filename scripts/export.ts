/**
 * `ADMIN_KEY=… npm run export -- FILE [--origin URL] [--open] [--now]`: writes all accounts and callers of a deployment into
 * a file, sealed. `--open` opens them with the `SEALING_KEYS` of the environment, on this machine. In a freeze it waits until
 * no refresh is under way; `--now` does not.
 */
import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { deploymentOf, giveUp } from './moving/deployment.ts'
import { type ExportedLine, keysOf, openedLine } from './moving/opening.ts'
import { linesOf, refusal } from './moving/send.ts'

const USAGE =
  'ADMIN_KEY=… npm run export -- FILE [--origin http://localhost:8787] [--open, with SEALING_KEYS=…] [--now]'
const TRIES = 5

function given() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        origin: { type: 'string', default: process.env.PERCH ?? 'http://localhost:8787' },
        open: { type: 'boolean', default: false },
        now: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    return giveUp(`${error instanceof Error ? error.message : ''}\n${USAGE}`)
  }
}

const { values, positionals } = given()
const [file, ...others] = positionals
if (file === undefined || others.length > 0) giveUp(USAGE)
const { origin, key } = deploymentOf(values.origin, 'ADMIN_KEY')
const sealingKeys = process.env.SEALING_KEYS ?? ''
if (values.open && sealingKeys === '') giveUp('--open: put SEALING_KEYS into the environment.')
const keys = keysOf(sealingKeys)

/** An answer of Perch, asked again while it says that it may go well later. */
async function ask(path: string): Promise<Response> {
  for (let tries = 1; ; tries++) {
    const response = await fetch(origin + path, {
      headers: { authorization: `Bearer ${key}` },
      redirect: 'manual',
    }).catch(() => undefined)
    if (response?.status === 200) return response
    const ending = response ? await refusal(response) : undefined
    if (ending?.kind === 'refused') {
      const { title, detail, fix } = ending.problem
      giveUp([title, detail, fix].filter(Boolean).join(' '))
    }
    if (tries === TRIES) giveUp(`${origin} does not answer.`)
    await sleep(ending?.kind === 'broke' ? ending.waitSeconds * 1000 : 1000)
  }
}

const { freeze } = (await (await ask('/v1/status')).json()) as {
  freeze: { settled_at: number } | null
}
if (!freeze)
  console.error(
    'Refreshes go on there. For a move, freeze them first (POST /v1/freeze), or what this file holds is soon spent.',
  )
const left = freeze ? freeze.settled_at * 1000 - Date.now() : 0
if (left > 0 && !values.now) {
  console.error(`Waiting ${Math.ceil(left / 1000)} s, until no refresh is under way.`)
  await sleep(left)
}

const part = `${file}.part`
rmSync(part, { force: true })
writeFileSync(part, '', { mode: 0o600 })
const counts = { account: 0, caller: 0, endpoint: 0 }
const missing: string[] = []
let cursor: string | null = ''
while (cursor !== null) {
  const page: Response = await ask(`/v1/exports${cursor === '' ? '' : `?cursor=${cursor}`}`)
  for await (const text of linesOf(page)) {
    const line = JSON.parse(text) as ExportedLine & { problem?: { code: string } }
    if (line.problem) {
      missing.push(`${line.kind} ${line.id}: ${line.problem.code}`)
      continue
    }
    appendFileSync(part, `${values.open ? JSON.stringify(open(line)) : text}\n`)
    counts[line.kind] += 1
  }
  cursor = page.headers.get('perch-cursor')
}
renameSync(part, file)
console.error(
  `${counts.account} accounts, ${counts.caller} callers and ${counts.endpoint} endpoints: ${file}`,
)
for (const each of missing) console.error(`Missing: ${each}`)
process.exitCode = missing.length > 0 ? 1 : 0

function open(line: ExportedLine): object {
  try {
    return openedLine(keys, line)
  } catch (error) {
    return giveUp(`${line.kind} ${line.id}: ${error instanceof Error ? error.message : ''}`)
  }
}
