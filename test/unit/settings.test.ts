/** What repeats the table of settings: README or a page of docs/, `.dev.vars.example`, `wrangler.toml`, the generated types. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { unstable_readConfig } from 'wrangler'
import { configOf } from '../../src/env'
import { OAUTH1_SETTINGS, OAUTH2_SETTINGS, SETTING_NAMES, SETTINGS } from '../../src/settings'
import { ABOUT } from '../../src/settings-about'

const named = (kind: 'variable' | 'secret') =>
  SETTING_NAMES.filter((name) => SETTINGS[name].kind === kind)

const pages = ['README.md', ...readdirSync('docs').map((file) => `docs/${file}`)]
  .filter((file) => file.endsWith('.md'))
  .map((file) => readFileSync(file, 'utf8'))

/** The rows of the one table whose first column is called this. */
function rowsUnder(heading: string): string[] {
  const [page = '', ...others] = pages.filter((text) => text.includes(`| ${heading} |`))
  expect(others, `the table of ${heading} stands once`).toEqual([])
  const lines = page.split('\n')
  const from = lines.findIndex((line) => line.startsWith(`| ${heading} |`)) + 2
  const rows = lines.slice(from)
  return rows.slice(
    0,
    rows.findIndex((line) => !line.startsWith('|')),
  )
}

it('the docs list the variables with their defaults', () => {
  const rows = named('variable').map((name) => {
    const { default: value } = SETTINGS[name]
    return `| \`${name}\` | ${value === '' ? '' : `\`${value}\` `}| ${ABOUT[name]} |`
  })
  expect(rowsUnder('variable (`wrangler.toml`)')).toEqual(rows)
})

it('the docs list the secrets', () => {
  const rows = named('secret').map((name) => `| \`${name}\` | ${ABOUT[name]} |`)
  expect(rowsUnder('secret (`wrangler secret put`)')).toEqual(rows)
})

it('.dev.vars.example holds the secrets and nothing else, none of them usable', () => {
  const example = readFileSync('.dev.vars.example', 'utf8')
  const lines = [...example.matchAll(/^([A-Z0-9_]+)="(.*)"$/gm)]
  expect(lines.map(([, name]) => name)).toEqual(named('secret'))
  // The bindings are not read here.
  const env = Object.fromEntries(lines.map(([, name, value]) => [name, value])) as unknown as Env
  const { problems } = configOf(env)
  for (const name of named('secret'))
    expect(problems.get(name)).toMatch(/^It still holds a placeho/)
})

it('wrangler.toml sets each variable to its default', () => {
  const { vars } = unstable_readConfig({ config: './wrangler.toml' })
  const defaults = named('variable').map((name) => [name, SETTINGS[name].default])
  expect(vars).toEqual(Object.fromEntries(defaults))
})

it('the generated types know these settings and no others', () => {
  const types = readFileSync('worker-configuration.d.ts', 'utf8')
  const texts = [...types.matchAll(/^\t(\w+): string;$/gm)].map(([, name]) => name)
  expect(texts.sort()).toEqual([...SETTING_NAMES].sort())
})

it('each setting is read when the configuration is', () => {
  const asked = new Set<string | symbol>()
  const env = new Proxy({} as Env, {
    get: (_, name) => {
      asked.add(name)
      return ''
    },
  })
  configOf(env)
  expect([...asked].sort()).toEqual([...SETTING_NAMES].sort())
})

it.each(named('variable').filter((name) => SETTINGS[name].default !== ''))(
  'the default of %s is one that could be set',
  (name) => {
    expect(SETTINGS[name].read(SETTINGS[name].default, () => '').wrong).toBeUndefined()
  },
)

it('what a call needs is named in this order, which callers and operators read', () => {
  expect(OAUTH2_SETTINGS.join(' ')).toBe(
    'X_CLIENT_ID X_CLIENT_SECRET X_CLIENT_TYPE X_API_ORIGIN X_WEB_ORIGIN SEALING_KEYS',
  )
  expect(OAUTH1_SETTINGS.join(' ')).toBe('X_API_KEY X_API_SECRET X_API_ORIGIN SEALING_KEYS')
})
