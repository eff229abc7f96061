/** The door to the scripts, for a Node that is too old to open any of them. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

/** Runs the door under a Node that says it is this old. */
function run(version: string, script: string) {
  const versions = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
  const older = `data:text/javascript,${encodeURIComponent(versions)}`
  return spawnSync(process.execPath, ['--import', older, 'scripts/run.js', script], {
    encoding: 'utf8',
  })
}

it.each(['18.20.8', '20.20.2', '22.17.1'])('Node %s is told which one is needed', (version) => {
  const { status, stderr, stdout } = run(version, 'start')
  expect(status).toBe(1)
  expect(stderr).toContain(`needs Node 22.18 or later, and this is Node ${version}`)
  expect(stderr).not.toMatch(/ERR_|at .*:\d+:\d+/)
  expect(stdout).toBe('')
})

it.each(['22.18.0', '24.21.0', '26.0.0'])('Node %s goes on to the script', (version) => {
  expect(run(version, 'no-such-script').stderr).toContain('no-such-script.ts')
})

it('npm starts by this door', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  for (const name of ['start', 'emulator', 'watch', 'chaos'])
    expect(scripts[name], name).toMatch(/^node scripts\/run\.js /)
})
