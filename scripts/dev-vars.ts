/** The development secrets: made once, random where that matters, the emulator's credentials elsewhere. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const FILE = '.dev.vars'

/** What the emulator accepts from the start; its README names the same values. */
export const EMULATOR_CLIENT_ID = 'RW11bGF0b3JDbGllbnRJZDAxMjM6MTpjaQ'
const EMULATOR_API = {
  X_API_KEY: 'EmulatorApiKey01234567890',
  X_API_SECRET: 'EmulatorApiSecret0123456789abcdefghijklmnopqrstuvw',
}
const EMULATOR_CLIENT_SECRET = '-Emulator_client-secret_0123456789abcdefghijklmn-_'

/** What the emulator accepted before its ids were shaped as X's, by what it accepts now. */
const FORMER = new Map([
  ['emulator-client-id-0123456789', EMULATOR_CLIENT_ID],
  ['-emulator_client-secret_0123456789abcdefghij-_', EMULATOR_CLIENT_SECRET],
  ['emulator-api-key-0123456789', EMULATOR_API.X_API_KEY],
  ['-emulator_api-secret_0123456789abcdefghijklmnopqrstuvwxyz-_', EMULATOR_API.X_API_SECRET],
])

/** Reads `.dev.vars`, making it first where there is none, and takes the emulator's former credentials for its own. */
export function devVars(): { made: boolean; vars: Record<string, string> } {
  const made = !existsSync(FILE)
  if (made)
    writeFileSync(
      FILE,
      [
        '# Made by `npm start`: fresh random keys, and the credentials of the emulator.',
        `X_CLIENT_ID="${EMULATOR_CLIENT_ID}"`,
        `X_CLIENT_SECRET="${EMULATOR_CLIENT_SECRET}"`,
        `X_API_KEY="${EMULATOR_API.X_API_KEY}"`,
        `X_API_SECRET="${EMULATOR_API.X_API_SECRET}"`,
        `SEALING_KEYS="${randomBytes(32).toString('base64')}"`,
        `ADMIN_KEY="${randomBytes(32).toString('base64url')}"`,
        '',
      ].join('\n'),
      { mode: 0o600 },
    )
  const file = readFileSync(FILE, 'utf8')
  const current = file.replace(/"([^"]*)"/g, (quoted, value) => {
    const now = FORMER.get(value)
    return now === undefined ? quoted : `"${now}"`
  })
  if (current !== file) writeFileSync(FILE, current)
  return { made, vars: parse(current) }
}

function parse(file: string): Record<string, string> {
  const lines = file.matchAll(/^\s*([A-Z0-9_]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|(.*?))\s*$/gm)
  return Object.fromEntries(
    [...lines].map(([, name, double, single, bare]) => [name, double ?? single ?? bare ?? '']),
  )
}
