/** The docs name files, settings, codes and log events. Each name has to be one that is there: a renaming must not leave them behind. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FAILURES } from '../../src/failures'

/** The changelog names what is no more. */
const PAGES = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'STORAGE.md'],
  ...readdirSync('docs').map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md'))

const read = (file: string): string => readFileSync(file, 'utf8')

const sources = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name))

const product = sources('src').map(read).join('\n')
/** Whatever may be named: code, configuration, and what tests read from the environment. */
const everything = [
  product,
  ...['emulator', 'scripts', 'test'].flatMap(sources).map(read),
  ...['wrangler.toml', 'emulator/wrangler.toml', '.dev.vars.example'].map(read),
].join('\n')
const words = new Set(everything.match(/\w+/g))

/** What stands in backticks, program blocks left out. */
const quoted = (page: string): string[] =>
  [...page.replace(/```[\s\S]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text)

describe.each(PAGES)('%s', (name) => {
  const page = read(name)

  it('leads to files that are there', () => {
    const links = [...page.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)].map(([, to = '']) => to)
    expect(links.filter((to) => !existsSync(join(dirname(name), to)))).toEqual([])
  })

  it('leads to headings that are there', () => {
    const links = [...page.matchAll(/\]\(([^)#:\s]*)#([^)]+)\)/g)]
    const missing = links.filter(([, to = '', heading]) => {
      const target = to === '' ? name : join(dirname(name), to)
      const headings = read(target).matchAll(/^#+ (.+)$/gm)
      return ![...headings].some(([, text = '']) => slug(text) === heading)
    })
    expect(missing.map(([link]) => link)).toEqual([])
  })

  // That page has a column for each of two other libraries.
  it.skipIf(name === 'docs/coming-from-tweepy.md')(
    'names settings, codes, fields and events of the code',
    () => {
      const text = quoted(page).join(' ')
      const keys = [...page.matchAll(/```json\n([\s\S]*?)```/g)].flatMap(([, json = '']) =>
        [...json.matchAll(/"(\w+)":/g)].map(([, key = '']) => key),
      )
      const named = [SNAKE, CAMEL, SETTING].flatMap((form) => text.match(form) ?? [])
      expect([...named, ...keys].filter((word) => !words.has(word))).toEqual([])
    },
  )
})

const SNAKE = /\b[a-z]+(_[a-z0-9]+)+\b/g
const CAMEL = /\b[a-z]+([A-Z][a-z0-9]+)+\b/g
const SETTING = /\b[A-Z]+(_[A-Z0-9]+)+\b/g

/** As GitHub makes an anchor of a heading. */
/** Files beside the players that are none. */
const HELPERS = new Set(['called', 'strategies', 'untyped.d', 'x'])

const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replace(/\s/g, '-')

// The shell gave `TOKEN` a problem document, and the program went on with it.
it.each([...PAGES, 'emulator/README.md'])(
  '%s: what a variable is set to is the answer of a call that went well',
  (name) => {
    const taken = read(name).match(/\$\(curl\b[^\n]*/g) ?? []
    expect(taken.filter((line) => !line.includes(' --fail-with-body '))).toEqual([])
  },
)

it('README and docs/ call with the admin key for what it alone may do', () => {
  const calls = PAGES.flatMap((name) => read(name).match(/^.*curl[^\n]*\$ADMIN_KEY.*$/gm) ?? [])
  const others = calls.filter(
    (line) =>
      !/\/v1\/(callers|freeze|restore|x\/webhook|accounts\/\$ID\/(restore|publish))/.test(line),
  )
  expect(calls.length).toBeGreaterThan(4)
  expect(others).toEqual([])
})

it('docs/api.md shows of SDKs what test/clients plays', () => {
  const squeezed = (text: string): string => text.replace(/\s/g, '')
  const played = sources('test/clients/with-perch').map((file) => squeezed(read(file)))
  const shown = [...read('docs/api.md').matchAll(/```ts\n([\s\S]*?)```/g)].map(([, ts = '']) => ts)
  expect(shown.length).toBeGreaterThan(6)
  expect(shown.filter((ts) => !played.some((file) => file.includes(squeezed(ts))))).toEqual([])
})

describe('ARCHITECTURE.md', () => {
  const page = read('ARCHITECTURE.md')

  it('names files and folders that are there, from the top or from src/', () => {
    const paths = quoted(page).filter(
      (text) => /^[\w.@-]+(\/[\w.-]*)*$/.test(text) && /\/|\.(tsx?|md|toml|json)$/.test(text),
    )
    const isPackage = (path: string): boolean => existsSync(join('node_modules', path))
    const missing = paths.filter(
      (path) => ![path, join('src', path)].some((at) => existsSync(at)) && !isPackage(path),
    )
    expect(paths.length).toBeGreaterThan(100)
    // Routes and keys of KV look like folders.
    expect(missing.filter((path) => !['account/', 'app/', 'caller/'].includes(path))).toEqual([])
  })

  it('names functions, constants and fields that the file beside them declares', () => {
    const codeOf = (file: string): string =>
      read([file, join('src', file)].find((at) => existsSync(at)) ?? 'README.md')
    // `file.ts` (`name`, `name`) and `name` in `file.ts`.
    const inBrackets = page.matchAll(/`((?:src\/)?[\w/-]+\.tsx?)` \((`[^)]*)\)/g)
    const named = [
      ...[...inBrackets].flatMap(([, file = '', inside = '']) =>
        [...inside.matchAll(/`(\w+)`/g)].map(([, each = '']) => ({ file, each })),
      ),
      ...[...page.matchAll(/`(\w+)` in `([\w/-]+\.tsx?)`/g)].map(([, each = '', file = '']) => ({
        file,
        each,
      })),
    ]
    expect(named.length).toBeGreaterThan(40)
    // A file that only imports a name, or mentions it, is not where it is.
    const declared = (name: string): RegExp =>
      new RegExp(
        `(const|function|class|interface|type) ${name}\\b|^  ((async|override|get|static|protected) )*#?${name}\\??[(:=<]|^  ${name} = `,
        'm',
      )
    const missing = named.filter(({ file, each }) => !declared(each).test(codeOf(file)))
    expect(missing).toEqual([])
  })

  it('has every room', () => {
    const rooms = readdirSync('src').map((entry) => (/\.tsx?$/.test(entry) ? entry : `${entry}/`))
    expect(rooms.filter((room) => !page.includes(`\`src/${room}\``))).toEqual([])
  })

  it('names decisions that are there', () => {
    const decisions = read('docs/decisions.md')
    const numbers = [...page.matchAll(/\bD(\d+)\b/g), ...product.matchAll(/\bD(\d+)\b/g)]
    expect(numbers.filter(([number]) => !decisions.includes(`### ${number}:`))).toEqual([])
  })
})

it('docs/api.md has every failure code, with its status', () => {
  const page = read('docs/api.md')
  const rows = Object.entries(FAILURES).map(
    ([code, { status, title, retry }]) =>
      `| \`${code}\` | ${status} | ${title} | ${retry ? 'yes' : 'no'} |`,
  )
  expect(rows.filter((row) => !page.includes(row))).toEqual([])
})

describe('emulator/CLIENTS.md', () => {
  const text = read('emulator/CLIENTS.md')
  const clients = (heading: string): string[] => {
    const [, part = ''] = text.split(`## ${heading}\n`)
    const rows = [...(part.split('\n## ')[0] ?? '').matchAll(/^\| (.+?) \|/gm)].map(
      ([, row]) => row,
    )
    return rows.slice(2).map(String)
  }
  const [inJavaScript, inOthers] = [clients('In JavaScript'), clients('In other languages')]

  it('counts the clients that it lists', () => {
    expect(text).toContain(`${inJavaScript.length} in JavaScript`)
    expect(text).toContain(`${inOthers.length} in other languages`)
    expect(inJavaScript.length + inOthers.length).toBe(36)
  })

  it('lists as run what test/clients pins and plays', () => {
    const { dependencies } = JSON.parse(read('test/clients/package.json')) as {
      dependencies: Record<string, string>
    }
    const played = read('test/clients/clients.test.ts')
    for (const row of inJavaScript) {
      const [name = ''] = row.split(/[ ,]/)
      expect(dependencies[name], name).toMatch(/^\d+\.\d+\.\d+$/)
    }
    for (const file of readdirSync('test/clients/players')) {
      const player = file.replace(/\.ts$/, '')
      if (!HELPERS.has(player)) expect(played, player).toContain(`'${player}'`)
    }
  })

  it('names senders of what no document has that it lists, as many as it says', () => {
    const [, part = ''] = text.split('| what is sent | by |')
    const rows = [...(part.split('\n\n')[0] ?? '').matchAll(/^\| .+ \| (.+) \|$/gm)].slice(1)
    const names = rows.flatMap(([, by = '']) =>
      by.replace(/`OAuth2` of /g, '').split(/[,;] | and /),
    )
    const senders = new Set(names)
    expect(senders.size).toBe(16)
    for (const sender of senders)
      expect(
        [...inJavaScript, ...inOthers].some(
          (row) => row.startsWith(sender) || sender === 'its token refresher',
        ),
        sender,
      ).toBe(true)
  })
})
