/** `npm run events`: prints docs/events.md out of the catalogue, src/events/catalogue.ts, and the examples. */
import { readFileSync } from 'node:fs'
import { CATALOGUE } from '../src/events/catalogue.ts'

const example = (type: string, seq: number): string =>
  JSON.stringify(
    {
      id: 'evt_4nV8sUe0QmB2xYzT9rKfLw',
      // It is in no log.
      seq: type === 'endpoint.test' ? undefined : seq,
      type,
      timestamp: '2026-11-22T12:03:18.034Z',
      data: CATALOGUE[type as keyof typeof CATALOGUE].data,
    },
    null,
    2,
  )

const sectionOf = (type: string, seq: number): string =>
  `### ${type}\n\n${CATALOGUE[type as keyof typeof CATALOGUE].means}\n\n\`\`\`json\n${example(type, seq)}\n\`\`\``

/** The whole page. */
export function eventsPage(): string {
  return `# Events

What happens to accounts and to the app, told to programs: nobody has to poll, or to find out from angry users. There are two ways to hear of it, and both tell the same events.

- **Pushed.** Make an endpoint, and each event is posted to it, signed by [Standard Webhooks](https://www.standardwebhooks.com), again and again until it is taken.
- **Pulled.** \`GET /v1/events?after=<seq>\` is the log, the oldest event first: for programs that no address leads to, and for what was missed.

## Receive

\`\`\`sh
KEY=$(curl -sS --fail-with-body -H "Authorization: Bearer $ADMIN_KEY" $PERCH/v1/callers -d '{"name": "told", "scopes": ["events"]}' | grep -o 'perch_[^"]*')
curl -X POST -H "Authorization: Bearer $KEY" $PERCH/v1/endpoints \\
  -d '{"url": "https://app.example.com/events", "types": ["account.*", "app.*"]}'
\`\`\`

The answer has the \`secret\` (\`whsec_…\`), which is shown this once. A caller with the scope \`events\` makes endpoints of its own, which are told of its accounts alone, and end with it. \`types\` are types or beginnings such as
\`account.*\`; without them all types are told. One that is not listed below is taken, since it may come with any version: mind the spelling. \`x.*\` comes to callers that have the scope \`x:webhooks\` as well. \`accounts\` are X user ids. \`POST /v1/endpoints/:id/test\` sends an event at once and says what your receiver answered.

A receiver checks the signature over the bytes as they came, then answers 2xx within 15 seconds. With the library \`standardwebhooks\`, which there is for JavaScript, Python, Go, Rust, Ruby, PHP, Java, C# and Elixir:

\`\`\`js
import { Webhook } from 'standardwebhooks'

// text: the body as it came, never one that was parsed and written anew (Express: express.text({ type: '*/*' })).
// node:http and Express have plain headers: give request.headers itself. Throws where the signature does not fit.
const event = new Webhook(secret).verify(text, Object.fromEntries(request.headers))
\`\`\`

Without any library, in Python (\`examples/receive.py\`):

\`\`\`python
${readFileSync('examples/receive.py', 'utf8').trim()}
\`\`\`

As a Cloudflare Worker: [examples/receiver](../examples/receiver/README.md).

| what a receiver has to know | |
| --- | --- |
| the same event may come again | its \`webhook-id\`, which is the \`id\` of the body too, is the same each time: note which you have acted on |
| events may come out of order | \`seq\` is the order in which they happened; numbers have no gaps in the log, but your endpoint is not told of all |
| success | any 2xx. A redirect is not followed, and is a failure |
| failure | it is sent again after 5 s, 5 and 30 min, 2, 5, 10, 14, 20 and 24 h, each time a fifth sooner or later, then once a day; \`Retry-After\` is honoured. Other events go on meanwhile. After five failures in a row, with five events, one is sent at a time, and a new one once an hour; where that went on for a minute, the first success brings all the others |
| mended before the next try is due | \`POST …/replay {"after": <seq>}\` has what waits sent at once, and what came after that number again; \`GET …/deliveries\` says what waits, until when and why |
| 410 | ends it: the endpoint is disabled at once |
| five days of nothing but failures | the endpoint is disabled (\`endpoint.disabled\` is in the log) |
| another address | \`PATCH /v1/endpoints/:id {"url": …}\`: what waits is sent there at once, and the five days begin anew |
| back again | \`PATCH /v1/endpoints/:id {"enabled": true}\` tells what happens from then on, and nothing of what waited when it was switched off; \`POST …/replay {"after": <seq>}\` brings what came before, as long as the log has it |
| rotation | \`POST …/rotate\` gives a new secret; for a day each delivery is signed with both |
| no \`login_url\` in an event | \`PUBLIC_ORIGIN\` is not set (as with \`npm start\`), or browsers may begin no such login here (\`LOGIN_ALLOW\`, \`LOGIN_FLOWS\`): begin one with \`POST /v1/logins\` |
| the secret in a log or a repository | rotate, and have the receiver take the new secret alone from the moment you have it |

What an event says is never a secret, and never a token. Fetch what you need with your caller key.

## What is told

An event is below 20 kB but for what X delivered. Times in \`data\` are Unix seconds. Unknown types and fields may come with any version: pass over what you do not know. A rotation of tokens is no event: nobody could use it.
Nor is a further grant, or the end of one of two: \`GET /v1/accounts/:id\` has \`grants\`, and \`lost_scopes\` end with the pair that they were told of. Many \`account.login_required\` at once, and \`app.halted\` with \`mass_refusal\`, may be X’s mistake: Perch tries these accounts again, and tells each that works (\`account.recovered\`). Who is not told so after \`app.resumed\` has to log in.

${Object.keys(CATALOGUE)
  .map((type, index) => sectionOf(type, index + 1))
  .join('\n\n')}
`
}

if (import.meta.main) process.stdout.write(eventsPage())
