/** The plan of the house: who may import whom, and what one room alone may know. See ARCHITECTURE.md. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const GROUND = ['env', 'failure', 'limits', 'log', 'patience', 'secret']

/** Room -> the rooms below it. Type-only imports are free, and everybody stands on the ground. */
const BELOW: Record<string, string[]> = {
  index: ['routes', 'account', 'login', 'app'],
  routes: ['pages', 'caller', 'login', 'account', 'app', 'x', 'store', 'crypto'],
  pages: [],
  caller: ['store', 'crypto'],
  login: ['account', 'app', 'x', 'store', 'crypto'],
  account: ['app', 'x', 'store', 'crypto'],
  app: ['x', 'store', 'crypto'],
  x: ['oauth', 'crypto'],
  store: ['crypto'],
  oauth: ['crypto'],
  crypto: [],
}

/** What only one room may say. */
const ALONE: { word: RegExp; rooms: string[]; why: string }[] = [
  { word: /from 'hono(\/(?!jsx|html)|')/, rooms: ['routes'], why: 'the router' },
  { word: /from 'hono\/(jsx|html)/, rooms: ['pages'], why: 'markup' },
  { word: /<(html|main|div|p|a)[ >]/, rooms: ['pages'], why: 'markup' },
  { word: /\bKVNamespace\b/, rooms: ['store'], why: 'KV' },
  { word: /\.sendBatch\(|DUE\.send/, rooms: ['store'], why: 'putting into the queue' },
  { word: /\.sql\.exec|#sql/, rooms: ['store'], why: 'the object’s row' },
  { word: /crypto\.(subtle|getRandomValues)/, rooms: ['crypto'], why: 'bytes' },
  { word: /from 'oauth4webapi'/, rooms: ['oauth'], why: 'the RFCs' },
  { word: /'\/(2|i|1\.1|oauth2?)\/|tweet\.read|Value passed for/, rooms: ['x'], why: 'X itself' },
  {
    word: /Date\.now|new Date/,
    rooms: ['index', 'routes', 'account', 'login', 'app'],
    why: 'the clock',
  },
]

/** What one room must not say. */
const NEVER: { word: RegExp; room: string; why: string }[] = [
  { word: /\bx\.com|twitter|tweet/i, room: 'oauth', why: 'the RFC code does not know X' },
  { word: /isTest|VITEST|NODE_ENV/, room: '', why: 'code never asks whether it is under test' },
]

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => {
    const source = readFileSync(`src/${file}`, 'utf8')
    const slash = file.indexOf('/')
    const room = slash === -1 ? file.replace(/\.tsx?$/, '') : file.slice(0, slash)
    return { file, room, code: source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '') }
  })

describe.each(files)('$file', ({ room, code }) => {
  it('imports downwards only', () => {
    const imports = [...code.matchAll(/import (?!type )(?:[\s\S]*?) from '(\.[^']*)'/g)]
      .filter(
        ([statement]) => !/import \{( *type [^,}]+,?)+ *\}/.test(statement.replace(/\s+/g, ' ')),
      )
      .map(([, path = '']) => path)
    const above = imports
      .filter((path) => !path.startsWith('./') || room === 'index')
      .map((path) => path.replace(/^\.\.?\//, '').split('/')[0] ?? '')
      .filter((target) => !GROUND.includes(target) && !(BELOW[room] ?? []).includes(target))
    expect(above).toEqual([])
  })

  it('says nothing that only another room may say', () => {
    const trespasses = ALONE.filter(({ word, rooms }) => !rooms.includes(room) && word.test(code))
    expect(trespasses.map(({ why, rooms, word }) => `${why} is for ${rooms}: ${word}`)).toEqual([])
  })

  it('says nothing that it must not', () => {
    const wrong = NEVER.filter(
      (rule) => (rule.room === '' || rule.room === room) && rule.word.test(code),
    )
    expect(wrong.map(({ why }) => why)).toEqual([])
  })
})

it('every room is on the plan', () => {
  const unknown = files.filter(({ room }) => !(room in BELOW) && !GROUND.includes(room))
  expect(unknown.map(({ file }) => file)).toEqual([])
})
