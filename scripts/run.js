/**
 * Runs a script of the project: `node scripts/run.js start`. This file is JavaScript, so that a Node which is too old for
 * TypeScript can say so, instead of complaining about an unknown file extension.
 */
const NEEDED = [22, 18]

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  console.error(
    `Perch needs Node ${NEEDED.join('.')} or later, and this is Node ${process.versions.node} (${process.execPath}).
Install a later one from https://nodejs.org. On Linux npm ci brings Node 24 along, unless it is told to omit optional packages.`,
  )
  process.exit(1)
}

const [script] = process.argv.splice(2, 1)
await import(`./${script}.ts`)
