/** The start page: what this is, and "Log in with X". */
import { Layout } from './layout'

/** The set-up as the start page shows it. */
export interface LandingProps {
  /** To be registered at X, exactly as it stands. */
  callbackUrl: string
  /** The ways to log in, with the words of their links; the first one is the default. */
  flows: { flow: string; label: string }[]
  /** What a login asks for, in words. */
  scopes: string[]
  /** Settings that are missing or wrong. */
  missing: (readonly [name: string, fix: string])[]
  /** Settings that may be wrong. */
  doubtful: (readonly [name: string, why: string])[]
}

/** The start page: the ways to log in, and what the operator still has to do. */
export function LandingPage({ callbackUrl, flows, scopes, missing, doubtful }: LandingProps) {
  return (
    <Layout title="Log in with X">
      <div class="card">
        <h1>Connect your X account</h1>
        <p class="lead">
          You approve at X, Perch keeps the tokens sealed and fresh, and the programs you trust ask
          it for one that works now.
        </p>
        {missing.length > 0 && <Settings title="Still to be set" settings={missing} />}
        {doubtful.length > 0 && <Settings title="To be looked at" settings={doubtful} />}
        <div class="actions">
          <a class="button" href="/login" rel="nofollow">
            {flows[0]?.label}
          </a>
        </div>
        {flows.length > 1 && (
          <ul class="ways" aria-label="Other ways">
            {flows.slice(1).map(({ flow, label }) => (
              <li>
                <a href={`/login?flow=${flow}`} rel="nofollow">
                  {label}
                </a>
              </li>
            ))}
          </ul>
        )}
        <p class="soft">X will ask you to let this app:</p>
        <ul class="soft">
          {scopes.map((scope) => (
            <li>{scope}</li>
          ))}
        </ul>
      </div>
      <div class="card">
        <h2>For the operator</h2>
        <p class="soft">
          Register this callback URL in the X app’s settings, exactly as it stands:{' '}
          <code class="block">{callbackUrl}</code>
        </p>
        <p class="soft">
          There is a list of <a href="/problems">what each error code means</a>.
        </p>
      </div>
    </Layout>
  )
}

function Settings({ title, settings }: { title: string; settings: LandingProps['missing'] }) {
  return (
    <div class="todo" role="status">
      <h2>{title}</h2>
      <ul>
        {settings.map(([name, text]) => (
          <li>
            <code>{name}</code> {text}
          </li>
        ))}
      </ul>
    </div>
  )
}
