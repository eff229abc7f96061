/** `npm run log-events`: prints docs/log-events.md out of the catalogue, src/log-events.ts. */
import { LOG_EVENTS, LOG_FIELDS } from '../src/log-events.ts'

const HEADINGS = {
  requests: 'Requests',
  logins: 'Logins',
  accounts: 'Refreshes and accounts',
  callers: 'Callers',
  sweep: 'The sweep and the queue',
  app: 'The app',
  events: 'Events and endpoints',
  kv: 'KV',
}

const WHAT = {
  text: '',
  number: 'a number: ',
  flag: '`true` or `false`: ',
  texts: 'a list: ',
}

const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** `code?` as it stands in the catalogue: a name in backticks, and in words that it may be missing. */
const shown = (field: string): string =>
  field.endsWith('?') ? `\`${field.slice(0, -1)}\`?` : `\`${field}\``

function eventsAbout(topic: string): string {
  const rows = Object.entries(LOG_EVENTS)
    .filter(([, { about }]) => about === topic)
    .map(([event, { fields, means }]) => [`\`${event}\``, fields.map(shown).join(', '), means])
  return table(['event', 'fields', 'means'], rows)
}

/** The whole page. */
export function logEventsPage(): string {
  const fields = Object.entries(LOG_FIELDS).map(([name, { kind, means }]) => [
    `\`${name}\``,
    WHAT[kind] + means,
  ])
  return `# Every log line

One JSON object a line: \`event\`, and the fields below; behind the name of one that may be missing stands a question mark. There is never a
token, code, key, proof, ticket or cookie, no query string, no body, and no name that somebody typed. Control characters and those that turn the
direction of text are written as escapes. Names are stable. This page is printed by \`npm run -s log-events\` out of \`src/log-events.ts\`, without
which no line compiles.

${Object.entries(HEADINGS)
  .map(([topic, heading]) => `## ${heading}\n\n${eventsAbout(topic)}`)
  .join('\n\n')}

## Fields

${table(['field', 'holds'], fields)}
`
}

if (import.meta.main) process.stdout.write(logEventsPage())
