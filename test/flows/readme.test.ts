/** README, "Use it", and STORAGE's loop: each of the three uses, run by a shell line by line as it is written; a person does what comes between. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { program } from './programs.ts'
import { approveForPin, decide, visitor } from './visitors.ts'
import { ADMIN_KEY, ALL_FLOWS, useWorld } from './worlds.ts'

const world = useWorld(ALL_FLOWS)
const run = promisify(execFile)

const page = readFileSync('README.md', 'utf8')
const [, uses = ''] = /^## Use it\n([\s\S]*?)^## /m.exec(page) ?? []

/** The lines of the use that begins with these words, without its comments. */
function linesOf(title: string): string[] {
  const [, block = ''] = uses.split(`**${title}**`)[1]?.match(/```sh\n([\s\S]*?)```/) ?? []
  return block.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

/** A shell that remembers what was set in it. */
function shell() {
  const set: Record<string, string> = { PERCH: world.perch, ADMIN_KEY }
  return {
    set,
    /** What a line prints, or what it sets a variable to. It must succeed. */
    async type(line: string | undefined): Promise<string> {
      const [, name] = /^([A-Z]+)=/.exec(line ?? '') ?? []
      const shown = name === undefined ? line : `${line}; printf %s "$${name}"`
      const env = { ...process.env, ...set }
      const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', shown ?? 'false'], { env })
      if (name !== undefined) set[name] = stdout
      return stdout
    },
  }
}

describe('STORAGE.md', () => {
  it('the loop that fills a lost KV runs as written, and names what it cannot publish', async () => {
    const admin = program(world)
    const gone = await admin.connect()
    const [one, two] = [await admin.connect(), await admin.connect()]
    await admin.send('DELETE', `/v1/accounts/${gone.id}`)
    const loop = /^while read .*publish.*$/m.exec(readFileSync('STORAGE.md', 'utf8'))?.[0]
    const cwd = await mkdtemp(join(tmpdir(), 'perch-publish-'))
    const ids = [one.id, two.id, gone.id, '424242']
    await writeFile(join(cwd, 'ids.txt'), `${ids.join('\n')}\n`)
    const env = { ...process.env, PERCH: world.perch, ADMIN_KEY }
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', loop ?? 'false'], { cwd, env })
    const codes = [200, 200, 409, 404]
    expect(stdout).toBe(ids.map((id, n) => `${id} ${codes[n]}\n`).join(''))
  })
})

describe('README: the uses run as written', () => {
  it('a web app', async () => {
    const { set, type } = shell()
    const [makeKey, begin, ask, lease, ...rest] = linesOf('A web app')
    expect(await type(makeKey)).toMatch(/^perch_/)
    const { id, login_url } = JSON.parse(await type(begin))

    const person = visitor(world)
    const back = await person.open(await decide(await person.begin(login_url), 'alice'))
    const [returned, proof] =
      new URL(back.headers.get('location') ?? '').searchParams.get('login')?.split('.') ?? []
    expect(returned).toBe(id)

    Object.assign(set, { ID: id, PROOF: proof })
    const login = JSON.parse(await type(ask))
    expect(login).toMatchObject({ status: 'complete', account: { username: 'alice' } })
    set.ACCOUNT = login.account.id
    expect(JSON.parse(await type(lease))).toMatchObject({ token_type: 'bearer' })
    expect(rest).toEqual([])
  })

  it('a bot', async () => {
    const { set, type } = shell()
    const [makeKey, begin, complete, lease, ...rest] = linesOf('A bot')
    await type(makeKey)
    const { id, authorize_url } = JSON.parse(await type(begin))
    Object.assign(set, { ID: id, RESPONSE_URL: await decide(authorize_url, 'alice') })
    const account = JSON.parse(await type(complete))
    expect(account.oauth2.scope).toContain('tweet.write')
    set.ACCOUNT = account.id
    const token = await type(lease)
    const me = await fetch(`${world.x}/2/users/me`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(me.status).toBe(200)
    expect(rest).toEqual([])
  })

  it('over SSH, by PIN', async () => {
    const { set, type } = shell()
    await type(linesOf('A bot')[0])
    const [begin, complete, ...rest] = linesOf('The same over SSH')
    const { id, authorize_url } = JSON.parse(await type(begin))
    Object.assign(set, { ID: id, PIN: await approveForPin(authorize_url, 'bob') })
    expect(JSON.parse(await type(complete)).grants).toEqual(['oauth2', 'oauth1'])
    expect(rest).toEqual([])
  })

  it('an agency', async () => {
    const { set, type } = shell()
    const [makeKey, begin, list, lease, ...rest] = linesOf('An agency')
    await type(makeKey)
    const person = visitor(world)
    const { login_url } = JSON.parse(await type(begin))
    const done = await person.open(await decide(await person.begin(login_url), 'alice'))
    expect(done.status).toBe(200)
    const { accounts } = JSON.parse(await type(list))
    expect(accounts.map(({ username }: { username: string }) => username)).toContain('alice')
    set.ACCOUNT = '1000000001'
    expect(JSON.parse(await type(lease))).toMatchObject({ token_type: 'bearer' })
    expect(rest).toEqual([])
  })
})
