/** The development secrets: made once, random where that matters, the emulator's credentials elsewhere. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const FILE = '.dev.vars'

/** What the emulator accepts from the start; its README names the same values. */
export const EMULATOR_CLIENT_ID = 'emulator-client-id-0123456789'
const EMULATOR_API = {
  X_API_KEY: 'emulator-api-key-0123456789',
  X_API_SECRET: '-emulator_api-secret_0123456789abcdefghijklmnopqrstuvwxyz-_',
}
const EMULATOR_CLIENT_SECRET = '-emulator_client-secret_0123456789abcdefghij-_'

/** Reads `.dev.vars`, making it first where there is none. */
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
  return { made, vars: parse(readFileSync(FILE, 'utf8')) }
}

function parse(file: string): Record<string, string> {
  const lines = file.matchAll(/^\s*([A-Z0-9_]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|(.*?))\s*$/gm)
  return Object.fromEntries(
    [...lines].map(([, name, double, single, bare]) => [name, double ?? single ?? bare ?? '']),
  )
}
