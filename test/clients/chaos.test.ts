/** `npm run chaos`, short: both Workers as real processes, killed and lied to, and no pair that was delivered is lost. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'

const PERCH = fileURLToPath(new URL('../..', import.meta.url))

function chaos(...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['test/chaos/chaos.ts', '--short', ...args], { cwd: PERCH })
  onTestFinished(() => void child.kill())
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      output += data
    })
  return new Promise((resolve) => child.on('exit', (code) => resolve({ code, output })))
}

it('keeps every pair that X’s reply delivered', { timeout: 420_000 }, async () => {
  const { code, output } = await chaos()
  expect(output).toContain('Every pair that was delivered works.')
  expect(output).toMatch(/kills +(1 workerd, 1 group|1 group, 1 workerd)/)
  expect(code, output).toBe(0)
})

it('says what an option may be', async () => {
  const { code, output } = await chaos('--seconds', 'soon')
  expect(output).toContain('--seconds must be a whole number from 10 to 900.')
  expect(code).toBe(1)
})
