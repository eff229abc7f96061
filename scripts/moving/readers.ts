/** Reads files of other programs: which accounts stand in them, in the order of the file. Pure, but for nothing. */
import { parseEnv } from 'node:util'
import { parse as parseCsv } from 'csv-parse/sync'
import { parse as parseYaml } from 'yaml'
import { appsIn, type Given, type Item, isObject, isRecord, itemOf, type Line } from './records.ts'

/** What a file holds. `apps`: of how many apps, as far as it says. */
export interface Contents {
  items: Item[]
  apps: number
}

/** The programs whose files are read. */
export const SHAPES = ['tweepy', 'twitter-api-v2', 'xurl', 'perch'] as const
/** A program whose files are read. */
export type Shape = (typeof SHAPES)[number]

/** How a file of each program is read. Each throws an Error whose message names no secret. */
export const READERS: { readonly [S in Shape]: (text: string) => Contents } = {
  // Neither library has a file of its own: programs keep what it gives in JSON, in a table or in the environment.
  tweepy: records,
  'twitter-api-v2': records,
  xurl,
  perch,
}

interface Found {
  at: string
  record: unknown
}

function records(text: string): Contents {
  const trimmed = text.replace(/^\uFEFF/, '').trim()
  const found = /^[[{]/.test(trimmed)
    ? fromJson(trimmed)
    : /^\s*(export\s+)?\w+\s*=/m.test(trimmed) && !/^[^=\n]*,/.test(trimmed)
      ? fromEnv(trimmed)
      : fromCsv(trimmed)
  return contents(found)
}

function contents(found: readonly Found[]): Contents {
  const items = found.map(({ at, record }) =>
    isObject(record) ? itemOf(record, at) : { at, problem: 'It is not an object.' },
  )
  return { items, apps: appsIn(found.map(({ record }) => record).filter(isObject)) }
}

function fromJson(text: string): Found[] {
  const whole = json(text)
  if (whole === undefined) return numbered(text).map(({ at, line }) => ({ at, record: json(line) }))
  if (Array.isArray(whole)) return whole.map((record, n) => ({ at: `record ${n + 1}`, record }))
  if (!isObject(whole)) return []
  if (isRecord(whole)) return [{ at: 'record 1', record: whole }]
  const entries = Object.entries(whole)
  const [[, only] = []] = entries
  if (entries.length === 1 && Array.isArray(only))
    return only.map((record, n) => ({ at: `record ${n + 1}`, record }))
  return entries.map(([name, record], n) => ({
    at: `record ${n + 1}`,
    record: isObject(record) ? { ...namedBy(name), ...record } : record,
  }))
}

/** Whose an entry is, by the name that it stands under. */
const namedBy = (name: string): Given => (/^\d+$/.test(name) ? { id: name } : { username: name })

function fromCsv(text: string): Found[] {
  let rows: Given[]
  try {
    rows = parseCsv(text, { columns: true, trim: true, skip_empty_lines: true, bom: true })
  } catch {
    throw new Error('The file is no JSON, no list of NAME=value, and no CSV with a line of names.')
  }
  return rows.map((record, n) => ({ at: `row ${n + 2}`, record }))
}

const ENV_NAME =
  /^(.*?)_?(ACCESS_TOKEN_SECRET|ACCESS_TOKEN|ACCESS_SECRET|REFRESH_TOKEN|TOKEN_SECRET|CONSUMER_KEY|API_KEY|USER_ID|USERNAME|SCREEN_NAME|EXPIRES_AT|EXPIRES_IN|SCOPE)(_\w+)?$/i

/** Variables of one account share what stands before and behind their names: `ALICE_ACCESS_TOKEN`, `ACCESS_TOKEN_2`. */
function fromEnv(text: string): Found[] {
  const accounts = new Map<string, Record<string, unknown>>()
  for (const [name, value] of Object.entries(parseEnv(text))) {
    const [, before = '', known = '', behind = ''] = ENV_NAME.exec(name) ?? []
    if (known === '') continue
    const key = `${before}…${behind}`
    accounts.set(key, { ...accounts.get(key), [known]: value })
  }
  // A line of its own for the app's key, shared by all, is no account.
  return [...accounts].flatMap(([key, record]) =>
    isRecord(record) ? [{ at: key === '…' ? 'variables' : `variables ${key}`, record }] : [],
  )
}

/** `~/.xurl`: YAML of now, JSON of former versions; one app, or several by name. */
function xurl(text: string): Contents {
  let store: unknown
  try {
    store = parseYaml(text)
  } catch {
    throw new Error('The file is not YAML.')
  }
  if (!isObject(store)) throw new Error('The file is not a store of xurl.')
  const apps = isObject(store.apps) ? Object.entries(store.apps) : [['', store] as const]
  const found = apps.flatMap(([app, held]) => (isObject(held) ? ofXurlApp(app, held) : []))
  return { items: contents(found).items, apps: isObject(store.apps) ? apps.length : 1 }
}

function ofXurlApp(app: string, held: Given): Found[] {
  const where = app === '' ? '' : `app ${app}, `
  const inside = (token: unknown, kind: 'oauth1' | 'oauth2'): unknown =>
    isObject(token) && isObject(token[kind]) ? token[kind] : token
  const pairs = isObject(held.oauth2_tokens) ? Object.entries(held.oauth2_tokens) : []
  const user = held.oauth1_token ?? held.oauth1_tokens
  return [
    ...pairs.map(([username, token]) => ({
      at: `${where}${username}`,
      record: { username, oauth2: inside(token, 'oauth2') },
    })),
    ...(user ? [{ at: `${where}oauth1`, record: { oauth1: inside(user, 'oauth1') } }] : []),
  ]
}

/** Lines of an import, or of an export, go on as they are. */
function perch(text: string): Contents {
  const items = numbered(text).map(({ at, line }): Item => {
    const parsed = json(line)
    if (!isObject(parsed)) return { at, problem: 'It is not a JSON object.' }
    if ('kind' in parsed && 'record' in parsed) return { at, problem: OPENED_RECORD }
    return { at, line: parsed as Line }
  })
  return { items, apps: 0 }
}

const OPENED_RECORD =
  'A caller or an endpoint is taken back as it was exported, sealed: not from an opened export.'

const numbered = (text: string): { at: string; line: string }[] =>
  text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line, n) => ({ at: `line ${n + 1}`, line: line.trim() }))
    .filter(({ line }) => line !== '')

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
