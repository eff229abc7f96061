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
  /** Where the browser goes afterwards. */
  target: string
}

/** The user's choice: who they are, and yes or no. Works without scripts. */
export function ConsentPage({ app, action, scopes, users, more, target }: ConsentProps) {
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
            {users.map((user, index) => (
              <UserChoice user={user} first={index === 0} />
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
        <p class="small">
          Either way you return to <span class="url">{target}</span>
        </p>
      </form>
    </Layout>
  )
}

function UserChoice({ user, first }: { user: User; first: boolean }) {
  return (
    <label class="user">
      <input type="radio" name="username" value={user.username} checked={first} />
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
