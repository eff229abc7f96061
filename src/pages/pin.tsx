/** The way in without a callback: X shows a number, the user types it here. */
import { Layout } from './layout'

/** The login that waits for a PIN. */
export interface PinProps {
  /** The login's id. */
  login: string
  /** Where X shows the PIN. */
  pageAtX: string
  /** Whether the last one was wrong. */
  wrong: boolean
}

/** The page that leads to X and takes the PIN that X shows. */
export function PinPage({ login, pageAtX, wrong }: PinProps) {
  return (
    <Layout title="Log in with a PIN">
      <div class="card">
        <h1>Log in with a PIN</h1>
        {wrong && (
          <p class="todo" role="alert">
            X does not know this PIN. Check the number and try again; after five wrong ones this
            login ends.
          </p>
        )}
        <ol>
          <li>
            <a href={pageAtX} target="_blank" rel="noopener noreferrer">
              Open X in a new tab
            </a>{' '}
            and authorize the app.
          </li>
          <li>X shows a number. Type it here:</li>
        </ol>
        <form method="post" action="/login/pin">
          <input type="hidden" name="login" value={login} />
          <label for="pin">PIN</label>
          <input
            id="pin"
            name="pin"
            inputmode="numeric"
            autocomplete="one-time-code"
            required
            aria-invalid={wrong ? 'true' : undefined}
          />
          <button class="button" type="submit">
            Connect
          </button>
        </form>
      </div>
    </Layout>
  )
}
