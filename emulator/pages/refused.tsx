import { Layout } from './page.tsx'

/** X's page for a request that it does not show a consent page for, and the reason, which X keeps. */
export function RefusedPage({ hint }: { hint: string }) {
  return (
    <Layout title="Something went wrong · X emulator">
      <div class="card">
        <h1>Something went wrong</h1>
        <p>You weren’t able to give access to the App. Go back and try logging in again.</p>
        <aside class="hint" aria-label="Hint of the emulator">
          <strong>Hint of the emulator, which X does not give</strong>
          <p>{hint}</p>
        </aside>
      </div>
    </Layout>
  )
}
