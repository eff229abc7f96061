/** `npm run watch`: types and the unit ring, again with each file that is saved. Ctrl-C ends both. */
import { spawn } from 'node:child_process'

const started = [
  spawn('tsc', ['--noEmit', '--watch', '--preserveWatchOutput'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  }),
  // vitest reads keys (r runs all again, t filters by name), so the terminal is its own.
  spawn('vitest', ['watch', '--project', 'unit'], { stdio: 'inherit' }),
]

for (const child of started)
  child.on('exit', (code) => {
    for (const other of started) other.kill()
    process.exitCode = code ?? 0
  })
