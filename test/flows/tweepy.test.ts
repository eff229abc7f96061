/** docs/coming-from-tweepy.md: each of its commands, run by a shell as it is written, one after the other. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { approveForPin, decide } from './visitors.ts'
import { ADMIN_KEY, ALL_FLOWS, useWorld } from './worlds.ts'

const world = useWorld(ALL_FLOWS)
const run = promisify(execFile)
const page = readFileSync('docs/coming-from-tweepy.md', 'utf8')

/** Each section's shell blocks, in order. */
const sections = page.split(/^## /m).map((section) => ({
  title: section.split('\n')[0] ?? '',
  blocks: [...section.matchAll(/```sh\n([\s\S]*?)```/g)]
    .map(([, block = '']) => block)
    // The addresses of the page are those of `npm start`; here they are elsewhere.
    .filter((block) => !block.startsWith('PERCH=')),
}))

/** What a reader has in the shell: the addresses and the admin key, and what the text tells to set. */
const shell: Record<string, string> = {}

/** Runs the block that makes the reader's own key. */
async function makeKey(block: string): Promise<void> {
  const env = { ...process.env, ...shell }
  const { stdout } = await run('bash', ['-euc', `${block}printf %s "$KEY"`], { env })
  expect(stdout).toMatch(/^perch_/)
  shell.KEY = stdout
}

/** Runs a block, and does what a person does next: approve, and note what is on the screen. */
async function type(block: string): Promise<string> {
  const env = { ...process.env, ...shell }
  const { stdout } = await run('bash', ['-euc', block], { env })
  expect(stdout).not.toMatch(/"(code|errors)":/)
  const [answer] = stdout
    .replaceAll('}{', '}\n{')
    .split('\n')
    .map((line) => JSON.parse(line))
  if (answer.authorize_url) {
    shell.ID = answer.id
    if (block.includes('"pin"')) shell.PIN = await approveForPin(answer.authorize_url, 'alice')
    else shell.RESPONSE_URL = await decide(answer.authorize_url, 'alice')
  }
  if (answer.username) shell.ACCOUNT = answer.id
  return stdout
}

describe('the commands run as written', () => {
  it.each(sections.filter(({ blocks }) => blocks.length > 0))(
    '$title',
    async ({ title, blocks }) => {
      Object.assign(shell, { PERCH: world.perch, X: world.x, ADMIN_KEY })
      if (title === 'A key of its own') return makeKey(blocks[0] ?? '')
      if (title === 'Tokens you have already') await bringTokens()
      let last = ''
      for (const block of blocks) last = await type(block)
      expect(last).toMatch(/\{.*\}/)
    },
  )

  /** What a Tweepy script has: the user's token and secret, and what fetch_token returned. */
  async function bringTokens(): Promise<void> {
    const grants = await world.emulator.grants('alice')
    const held = (kind: string) => grants.find((grant) => grant.kind === kind && grant.live)
    const { access_token, refresh_token, scope } = held('oauth2') ?? {}
    Object.assign(shell, {
      ACCESS_TOKEN: held('oauth1')?.access_token,
      ACCESS_TOKEN_SECRET: held('oauth1')?.access_token_secret,
      TWEEPY_TOKEN: JSON.stringify({
        token_type: 'bearer',
        expires_in: 7200,
        access_token,
        scope: scope?.split(' '),
        refresh_token,
        expires_at: Date.now() / 1000 + 7000,
      }),
    })
  }
})

it('has a row for each way in that Tweepy’s page has', () => {
  for (const call of [
    'OAuth2BearerHandler',
    'OAuth2AppHandler',
    'OAuth1UserHandler',
    'OAuth2UserHandler',
    'fetch_token',
    'get_access_token',
    'signin_with_twitter=True',
    'callback="oob"',
  ])
    expect(page).toContain(call)
})
