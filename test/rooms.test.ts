/** The plan of the house: who may import whom, and what one room alone may know. See ARCHITECTURE.md. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

const GROUND =
  'clock env failure failures former json limits log log-events loopback order patience plain-text reach scopes secret setting-values settings settings-about'.split(
    ' ',
  )

/** Room -> the rooms below it. Imports of types alone are free between rooms, and everybody stands on the ground. */
const BELOW: Record<string, string[]> = {
  index: ['routes', 'sweep', 'account', 'login', 'app', 'caller', 'endpoint', 'events'],
  routes: 'pages login access webhook endpoint app account caller events x store crypto'.split(' '),
  pages: [],
  login: ['account', 'app', 'x', 'store', 'crypto'],
  access: ['account', 'app', 'x', 'store', 'crypto'],
  sweep: ['account', 'app', 'caller', 'events', 'webhook', 'store', 'crypto'],
  webhook: ['account', 'app', 'caller', 'events', 'x', 'store', 'crypto'],
  endpoint: ['caller', 'events', 'store', 'crypto'],
  account: ['app', 'events', 'x', 'store', 'crypto'],
  app: ['events', 'x', 'store', 'crypto'],
  caller: ['events', 'store', 'crypto'],
  events: ['store', 'crypto'],
  x: ['oauth', 'crypto'],
  store: ['crypto'],
  oauth: ['crypto'],
  crypto: [],
}

/** What only these rooms may say. */
const ALONE: { word: RegExp; rooms: string[]; why: string }[] = [
  { word: /from 'hono(\/(?!jsx|html)|')/, rooms: ['routes'], why: 'the router' },
  { word: /from 'hono\/(jsx|html)/, rooms: ['pages'], why: 'markup' },
  { word: /<(html|main|div|p|a)[ >]/, rooms: ['pages'], why: 'markup' },
  {
    word: /\bKVNamespace\b|\.(VAULT|PENDING)\s*\.|\{[^}]*\b(VAULT|PENDING)\b[^}]*\} = /,
    rooms: ['store'],
    why: 'KV',
  },
  { word: /(?<![.#\w])fetch\(/, rooms: ['oauth', 'endpoint'], why: 'calls over the network' },
  { word: /\.sendBatch\(|DUE\.send/, rooms: ['store'], why: 'putting into the queue' },
  { word: /\.sql\.exec|#sql/, rooms: ['store'], why: 'the object’s row' },
  { word: /crypto\.(subtle|getRandomValues)/, rooms: ['crypto'], why: 'bytes' },
  { word: /from 'oauth4webapi'/, rooms: ['oauth'], why: 'the RFCs' },
  { word: /'\/(2|i|1\.1|oauth2?)\/|Value passed for/, rooms: ['x'], why: 'X itself' },
  {
    word: /(tweet|users)\.(read|write|email)/,
    rooms: ['scopes', 'events'],
    why: 'X’s scopes, but for examples of events',
  },
  {
    word: /Date\.now|new Date|unixSeconds\(/,
    rooms: 'clock index routes account login app access caller events endpoint webhook'.split(' '),
    why: 'the clock',
  },
  { word: /\b(put|delete)Account\(/, rooms: ['account', 'store'], why: 'writing KV’s account/' },
  { word: /\b(put|delete)Caller\(/, rooms: ['caller', 'store'], why: 'writing KV’s caller/' },
  { word: /\b(put|delete)Bearer\(/, rooms: ['app', 'store'], why: 'writing KV’s app/' },
]

/** What must not be said: in a room, or (`''`) anywhere. */
const NEVER: { word: RegExp; room: string; why: string }[] = [
  ...'login access routes pages x env settings setting-values app sweep store caller'
    .split(' ')
    .map((room) => ({
      word: /[=!]==? '(oauth[12]|signin|pin)'|'(oauth[12]|signin|pin)' [=!]==?|case '(oauth[12]|signin|pin)'|includes\('(oauth[12]|signin|pin)'\)/,
      room,
      why: 'flows and kinds of grant are rows of login/flows and x/grant-kinds, not comparisons',
    })),
  { word: /\bx\.com|twitter|tweet/i, room: 'oauth', why: 'the RFC code does not know X' },
  { word: /isTest|VITEST|NODE_ENV/, room: '', why: 'code never asks whether it is under test' },
]

interface Import {
  /** The file that is imported, from the top of the project; undefined: a package. */
  path: string | undefined
  /** Whether nothing is left of it when the program runs. */
  isType: boolean
}

interface Source {
  file: string
  room: string
  code: string
  imports: Import[]
}

/** Statements that begin with `import` or `export … from`, and `import()` wherever it stands. */
const FROM =
  /\b(import|export)\s+(type\s+)?([^'"();]*?)\s*from\s*'([^']+)'|\bimport\s*\(?\s*'([^']+)'/g

function importsOf(file: string, code: string): Import[] {
  return [...code.matchAll(FROM)].map(([, , type, names = '', from, bare]) => {
    const target = from ?? bare ?? ''
    const path = target.startsWith('.') ? normalize(join(dirname(file), target)) : undefined
    const each = names.replace(/[{}]/g, '').split(',')
    const isType =
      type !== undefined ||
      (names.includes('{') && each.every((name) => /^\s*(type\s|$)/.test(name)))
    return { path: path?.replace(/\.tsx?$/, ''), isType }
  })
}

function sourcesOf(folder: string): Source[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => {
      const source = readFileSync(join(folder, file), 'utf8')
      const code = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
      const [room = ''] = file.replace(/\.tsx?$/, '').split('/')
      return { file, room, code, imports: importsOf(join(folder, file), code) }
    })
}

const src = sourcesOf('src')
const emulator = sourcesOf('emulator')

describe.each(src)('$file', ({ file, room, code, imports }) => {
  it('imports downwards only', () => {
    const targets = imports
      .filter(({ path, isType }) => path !== undefined && !isType)
      .map(({ path = '' }) => path.split('/')[1] ?? '')
      .filter((target) => target !== room || GROUND.includes(room))
    const above = targets.filter(
      (target) => !GROUND.includes(target) && !(BELOW[room] ?? []).includes(target),
    )
    expect(above, file).toEqual([])
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
  const unknown = src.filter(({ room }) => !(room in BELOW) && !GROUND.includes(room))
  expect(unknown.map(({ file }) => file)).toEqual([])
})

it('the plan itself has no circle', () => {
  const rooms = Object.keys(BELOW)
  const reaches = (from: string, to: string): boolean =>
    (BELOW[from] ?? []).some((room) => room === to || reaches(room, to))
  expect(rooms.filter((room) => reaches(room, room))).toEqual([])
})

it.each([
  ['src', src],
  ['emulator', emulator],
])('%s: no file imports itself, by whatever way, not for a type either', (folder, files) => {
  const edges = new Map(
    files.map(({ file, imports }) => [
      join(folder, file.replace(/\.tsx?$/, '')),
      imports.flatMap(({ path }) => (path === undefined ? [] : [path])),
    ]),
  )
  const circles: string[] = []
  const walk = (path: string, way: string[], seen: Set<string>): void => {
    for (const next of edges.get(path) ?? []) {
      if (next === way[0]) circles.push([...way, next].join(' -> '))
      // Each circle is found from its first file in the order of names; each file is gone through once, since ways are many.
      else if (!seen.has(next) && next > (way[0] ?? '')) walk(next, [...way, next], seen.add(next))
    }
  }
  for (const path of edges.keys()) walk(path, [path], new Set([path]))
  expect(circles).toEqual([])
})

it('the emulator and the product share nothing', () => {
  const crossing = [
    ...src.flatMap(({ imports }) => imports.filter(({ path }) => path?.startsWith('emulator'))),
    ...emulator.flatMap(({ imports }) => imports.filter(({ path }) => path?.startsWith('src'))),
  ]
  expect(crossing).toEqual([])
})

describe.each([
  ['src', src],
  ['emulator', emulator],
])('in %s', (_, sources) => {
  it('no name is exported from two files', () => {
    const homes = new Map<string, string[]>()
    for (const { file, code } of sources) {
      const names = code.matchAll(
        /^export (?:default )?(?:abstract )?(?:async )?(?:function\*?|const|let|class|interface|type|enum) (\w+)/gm,
      )
      for (const [, name = ''] of names) homes.set(name, [...(homes.get(name) ?? []), file])
    }
    expect(homes.size).toBeGreaterThan(100)
    const twice = [...homes].filter(([, files]) => new Set(files).size > 1)
    expect(twice).toEqual([])
  })
})
