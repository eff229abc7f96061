/** A copy of the project to run in: its own `.dev.vars`, its own state, ports that nobody else has. */
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { devVars } from '../dev-vars.ts'

const NEEDED = ['src', 'emulator', 'package.json', 'wrangler.toml', 'tsconfig.json']

export interface Tree {
  ports: { perch: number; x: number }
  vars: Record<string, string>
  /** Folder of everything that Perch keeps. */
  state: string
  /** Program that starts a Worker. */
  wrangler: string
  remove: () => void
}

/** Makes the copy and goes there. */
export async function freshTree(): Promise<Tree> {
  const root = process.cwd()
  const path = mkdtempSync(join(tmpdir(), 'perch-chaos-'))
  for (const name of NEEDED) cpSync(name, join(path, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'))
  process.chdir(path)
  return {
    ports: { perch: await freePort(), x: await freePort() },
    vars: devVars().vars,
    state: join(path, 'state'),
    wrangler: join(root, 'node_modules', '.bin', 'wrangler'),
    remove: () => {
      process.chdir(root)
      rmSync(path, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
