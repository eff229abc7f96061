/** The end of a login that returns nowhere else. */
import type { AccountView } from '../account/view'
import { scopeWords } from '../scopes'
import { Layout } from './layout'

/** The account that was connected, as the page shows it. */
export interface ConnectedProps {
  account: AccountView
  scopeInWords: (scope: string) => string
  /** Unix seconds. */
  now: number
}

/** The page at the end of a login that returns nowhere else. */
export function ConnectedPage({ account, scopeInWords, now }: ConnectedProps) {
  const { oauth2, oauth1, expires_at } = account
  // Of a login that was to keep nothing (`keep: false`).
  const isKept = account.status !== 'not_connected'
  const said = isKept
    ? `@${account.username} is connected`
    : `You are logged in as @${account.username}`
  return (
    <Layout title={said}>
      <div class="card">
        <span class="badge">{isKept ? 'Connected' : 'Logged in'}</span>
        <h1>{account.name}</h1>
        <p class="lead">
          {said}. {isKept ? '' : 'Nothing of your access is kept here. '}You can close this page.
        </p>
        <dl>
          <dt>X user id</dt>
          <dd>
            <code>{account.id}</code>
          </dd>
          {oauth2 && (
            <>
              <dt>May</dt>
              <dd>
                <Scopes scopes={scopeWords(oauth2.scope)} inWords={scopeInWords} />
              </dd>
              {oauth2.lost_scopes && (
                <>
                  <dt>Could before, and may not any more</dt>
                  <dd>
                    <Scopes scopes={oauth2.lost_scopes} inWords={scopeInWords} />
                  </dd>
                </>
              )}
              <dt>Token lives</dt>
              <dd>
                {expires_at !== null && lifeInWords(expires_at - now)}
                {account.due_at === null
                  ? ', then a new login is needed: offline.access was not granted'
                  : ', and is renewed by itself before that'}
              </dd>
            </>
          )}
          {oauth1 && (
            <>
              <dt>OAuth 1.0a</dt>
              <dd>Programs may have calls signed, until access is taken away at X.</dd>
              {account.exchange && (
                <dd>
                  X gave no OAuth 2.0 token in exchange for it
                  {account.exchange.detail === undefined ? '.' : `: ${account.exchange.detail}`} The
                  login is complete all the same.
                </dd>
              )}
            </>
          )}
        </dl>
      </div>
    </Layout>
  )
}

function Scopes({ scopes, inWords }: { scopes: string[]; inWords: (scope: string) => string }) {
  return (
    <ul>
      {scopes.map((scope) => (
        <li>
          {inWords(scope)} <span class="soft">({scope})</span>
        </li>
      ))}
    </ul>
  )
}

function lifeInWords(seconds: number): string {
  const minutes = Math.max(Math.round(seconds / 60), 0)
  if (minutes < 2) return `${Math.max(seconds, 0)} seconds`
  return minutes < 120 ? `${minutes} minutes` : `${Math.floor(minutes / 60)} hours`
}
