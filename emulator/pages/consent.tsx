import type { User } from '../store/users.ts'
import { Layout } from './page.tsx'

/** What the consent page shows. */
export interface ConsentProps {
  app: string
  /** Where the form goes: the page's own address, which carries the request. */
  action: string
  /** What the app asks for, in words. */
  scopes: string[]
  users: User[]
  /** Whether there are more users than are shown. */
  more: boolean
  /** Who is chosen already; the first one if nobody is. */
  chosen?: User | undefined
  /** Where the browser goes afterwards. Undefined: nowhere, a PIN is shown. */
  target: string | undefined
}

/** The user's choice: who they are, and yes or no. Works without scripts. */
export function ConsentPage({
  app,
  action,
  scopes,
  users,
  more,
  chosen = users[0],
  target,
}: ConsentProps) {
  return (
    <Layout title={`Authorize ${app} · X emulator`}>
      <form method="post" action={action} class="card">
        <div>
          <div class="mark" aria-hidden="true">
            {initial(app)}
          </div>
          <h1>{app} wants to access an X account</h1>
        </div>
        <fieldset>
          <legend>Log in as</legend>
          <div class="users">
            {users.map((user) => (
              <UserChoice user={user} chosen={user.id === chosen?.id} />
            ))}
          </div>
          {more && (
            <label class="other">
              <span>Or another username</span>
              <input name="other" autocomplete="off" autocapitalize="none" spellcheck={false} />
            </label>
          )}
        </fieldset>
        <section aria-labelledby="scopes">
          <h2 id="scopes">This app could</h2>
          <ul class="scopes">
            {scopes.map((scope) => (
              <li>{scope}</li>
            ))}
          </ul>
        </section>
        <div class="buttons">
          <button type="submit" name="decision" value="authorize" class="primary">
            Authorize app
          </button>
          <button type="submit" name="decision" value="cancel" formnovalidate>
            Cancel
          </button>
        </div>
        <Afterwards app={app} target={target} />
      </form>
    </Layout>
  )
}

function Afterwards({ app, target }: { app: string; target: string | undefined }) {
  if (target === undefined) {
    return <p class="small">Then you get a PIN to enter in {app}</p>
  }
  return (
    <p class="small">
      Either way you return to <span class="url">{target}</span>
    </p>
  )
}

function UserChoice({ user, chosen }: { user: User; chosen: boolean }) {
  return (
    <label class="user">
      <input type="radio" name="username" value={user.username} checked={chosen} />
      <span class="avatar" aria-hidden="true">
        {initial(user.name)}
      </span>
      <span class="who">
        <strong>{user.name}</strong>
        <span class="handle">@{user.username}</span>
      </span>
    </label>
  )
}

function initial(name: string): string {
  return [...name][0]?.toUpperCase() ?? ''
}
