import { Layout } from './page.tsx'

/** The PIN that the user carries to an app which X cannot redirect to. */
export function PinPage({ app, pin }: { app: string; pin: string }) {
  return (
    <Layout title={`PIN for ${app} · X emulator`}>
      <div class="card">
        <h1>You’ve granted access to {app}</h1>
        <p>Next, return to {app} and enter this PIN to complete the authorization process:</p>
        <p class="pin">
          <code id="pin">{pin}</code>
        </p>
      </div>
    </Layout>
  )
}

/** The end of an authorization that was cancelled, where X cannot redirect. */
export function DeniedPage({ app }: { app: string }) {
  return (
    <Layout title={`Cancelled · X emulator`}>
      <div class="card" id="denied">
        <h1>OK, you’ve denied {app} access to interact with your account</h1>
        <p>You can close this page.</p>
      </div>
    </Layout>
  )
}
