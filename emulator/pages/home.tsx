import { SEEDED_USERS } from '../seeds.ts'
import type { App } from '../store/apps.ts'
import type { User } from '../store/users.ts'
import { Layout } from './page.tsx'

/** What the home page shows. */
export interface HomeProps {
  apps: App[]
  origin: string
  users: User[]
  /** The last ones, the newest one first. */
  calls: Record<string, unknown>[]
}

/** What this is, and what a client needs to be pointed at it. */
export function HomePage({ apps, origin, users, calls }: HomeProps) {
  return (
    <Layout title="X emulator">
      <div class="card wide">
        <h1>X, on this machine</h1>
        <p>
          X’s OAuth, the API calls that come after a login, webhooks and streams, with a clock that
          can be moved and faults that can be ordered. Point a client at it by giving this origin
          for both of X’s hosts:
        </p>
        <pre tabindex={0}>{`https://api.x.com  →  ${origin}\nhttps://x.com      →  ${origin}`}</pre>
        <p>
          Has your client X’s hosts built in? Then start it with{' '}
          <code>npm run emulator -- --as-x</code> and paste the lines that it prints.
        </p>
        {apps.map((app, at) => (
          <>
            <h2>{at === 0 ? 'The app' : 'A further app'}</h2>
            <dl>
              <Row name="Name" value={app.name} />
              <Row name="Type" value={app.type} />
              <Row name="Client ID" value={app.client_id} />
              <Row name="Client secret" value={app.client_secret} />
              <Row name="API key" value={app.api_key} />
              <Row name="API secret" value={app.api_secret} />
              <Row name="Owner" value={`@${app.owner}`} />
              <Row name="Callbacks" value={app.callbacks.join('\n')} />
            </dl>
          </>
        ))}
        <h2>Users</h2>
        <p>
          {SEEDED_USERS.map((user) => `@${user.username}`).join(' and ')} are there from the start.{' '}
          <code>POST /_emulator/users</code> makes more.
        </p>
        <dl>
          {users.map((user) => (
            <Row
              name={`@${user.username}`}
              value={`${user.id} ${user.name}${user.status === 'active' ? '' : ` (${user.status})`}`}
            />
          ))}
        </dl>
        <h2>Last calls</h2>
        {calls.length === 0 ? (
          <p>None yet.</p>
        ) : (
          <dl>
            {calls.map((call) => (
              <Row name={`${call.method} ${call.path}`} value={inWords(call)} />
            ))}
          </dl>
        )}
        <h2>Look inside</h2>
        <ul class="links">
          <li>
            <a href="/_emulator/state">State</a> <span>apps, users and grants</span>
          </li>
          <li>
            <a href="/_emulator/calls">Calls</a> <span>every request, in order</span>
          </li>
          <li>
            <a href="/_emulator/faults">Faults</a> <span>what is to go wrong next</span>
          </li>
        </ul>
      </div>
    </Layout>
  )
}

function inWords({ status, outcome, why, hint }: Record<string, unknown>): string {
  const head = [status, outcome].filter((each) => each !== undefined).join(' ')
  return [head, why, hint].filter((each) => each !== undefined).join('\n')
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}
