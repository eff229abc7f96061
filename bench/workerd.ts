/** Bundled Workers in workerd processes, through Miniflare: no dev server stands between. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'

export type V4Options = Parameters<typeof convertV4MiniflareOptions>[0]
/** For bundles and state; gone when this process ends. */
export const dir = mkdtempSync(join(tmpdir(), 'perch-bench-'))
process.on('exit', () => rmSync(dir, { recursive: true, force: true }))

/** Bundles a Worker of this folder as a deploy would. @returns the folder of the result */
export function bundle(name: string): string {
  const outdir = join(dir, name)
  const args = ['deploy', `bench/${name}.ts`, '--dry-run', '--config', 'bench/wrangler.toml']
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false' }
  execFileSync('wrangler', [...args, '--outdir', outdir], { env, stdio: 'ignore' })
  return outdir
}

export interface Started {
  workerd: Miniflare
  origin: string
  /** Of its process; unknown where there is no /proc. */
  pid: number | undefined
}

/** The workerd processes that this one started. */
function workerds(): number[] {
  const file = `/proc/self/task/${process.pid}/children`
  const children = existsSync(file) ? readFileSync(file, 'utf8') : ''
  return children.trim().split(' ').filter(Boolean).map(Number)
}

/** Starts a Worker in a process of its own. */
export async function start(options: V4Options): Promise<Started> {
  const before = workerds()
  const workerd = new Miniflare(convertV4MiniflareOptions(options))
  const { origin } = await workerd.ready
  const pid = workerds().find((each) => !before.includes(each))
  return { workerd, origin, pid }
}

/** What every Worker here is made of; `out` is where its bundle lies. */
export const worker = (out: string, name: string) => ({
  modules: [{ type: 'ESModule' as const, path: join(out, `${name}.js`) }],
  modulesRoot: out,
  compatibilityDate: '2026-11-01',
  // A line for each refresh is of no use here; it is read all the same.
  handleStructuredLogs: () => {},
})
export const sqlite = (className: string) => ({ className, useSQLite: true })

/** What a process holds now and the most it ever held, in MB; null where there is no /proc. */
export function memoryOf({ pid }: Started): { now: number | null; peak: number | null } {
  if (pid === undefined) return { now: null, peak: null }
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kb = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1])
  return { now: Math.round(kb('VmRSS') / 1024), peak: Math.round(kb('VmHWM') / 1024) }
}
