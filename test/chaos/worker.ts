/** A Worker as a real process that is killed at will, and of which nothing is left in the end. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { wranglerEnv, writeForOwnerAlone } from '../../scripts/wrangler.ts'
import { pause } from './wait.ts'

const groups = new Set<number>()

export interface Worker {
  /**
   * Kills the workerd that runs the Worker and holds its state; wrangler starts it again. The other one, which listens
   * for it, would not find it again. @returns how many were killed
   */
  killWorkerd: () => number
  /** Kills wrangler and everything it started. Nothing starts it again. */
  killGroup: () => Promise<void>
  /** Starts it, once it was killed as a whole. */
  start: () => void
  /** What it printed last, for a person who wants to know why it does not answer. */
  output: () => string
}

/** Starts `wrangler dev` in a process group of its own. */
export function startWorker(
  wrangler: string,
  port: number,
  args: string[],
  verbose: boolean,
): Worker {
  const front = `localhost:${port}`
  let child: ChildProcess
  let printed = ''
  const start = (): void => {
    const common = ['--port', String(port), '--inspector-port', '0', ...args]
    writeForOwnerAlone()
    child = spawn(wrangler, ['dev', '--show-interactive-dev-session=false', ...common], {
      env: wranglerEnv(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    if (child.pid !== undefined) groups.add(child.pid)
    child.on('error', (error) => {
      printed += `${error.message}\n`
    })
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => {
        if (verbose) process.stderr.write(data)
        printed = (printed + data.toString()).slice(-KEPT_CHARS)
      })
  }
  start()
  return {
    killWorkerd: () => {
      const pids = processes().filter(
        ({ group, command }) =>
          group === child.pid && command.includes('workerd serve') && !command.includes(front),
      )
      for (const { pid } of pids) signal(pid, 'SIGKILL')
      return pids.length
    },
    killGroup: async () => {
      const group = child.pid
      if (group === undefined) return
      signal(-group, 'SIGKILL')
      while (processes().some((each) => each.group === group)) await pause(20)
      groups.delete(group)
    },
    start,
    output: () => printed,
  }
}

/** Kills every process group that was started here. */
export function killAll(): void {
  for (const group of groups) signal(-group, 'SIGKILL')
  groups.clear()
}

const KEPT_CHARS = 8000

/** Those that have ended and that nobody has asked about yet do not count. */
function processes(): { pid: number; group: number; command: string }[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat=,args='], { encoding: 'utf8' })
  return table.split('\n').flatMap((line) => {
    const [, pid, group, stat = '', command = ''] =
      /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*?)\s*$/.exec(line) ?? []
    return pid && !stat.startsWith('Z') ? [{ pid: Number(pid), group: Number(group), command }] : []
  })
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It is gone already.
  }
}
