/** Which deployment a command speaks to, and the key that it has for it. */
import type { Deployment } from './send.ts'

/** Ends this process with some words: the command was not as expected. */
export function giveUp(words: string): never {
  console.error(words)
  process.exit(2)
}

/** The deployment of `--origin`, with the key of the environment: on the command line others would see it. */
export function deploymentOf(origin: string, variable: 'PERCH_KEY' | 'ADMIN_KEY'): Deployment {
  const url = URL.parse(origin)
  if (!url) return giveUp(`--origin: ${origin} is not an address.`)
  const isLoopback = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback))
    return giveUp('--origin: https is expected, since a key and tokens travel there.')
  const key = process.env[variable]
  if (!key) return giveUp(`Put the key into the environment: ${variable}=… npm run …`)
  return { origin: url.origin, key }
}
