import { Layout } from './page.tsx'

/** X's page for a request that it does not show a consent page for, and the reason, which X keeps. */
export function RefusedPage({ hint }: { hint: string }) {
  return (
    <ErrorPage
      heading="Something went wrong"
      text="You weren’t able to give access to the App. Go back and try logging in again."
      hint={hint}
    />
  )
}

/** X's page for a request token that is unknown, used or expired. */
export function InvalidRequestTokenPage({ hint }: { hint: string }) {
  return (
    <ErrorPage
      heading="Whoa there!"
      text="The request token for this page is invalid. It may have already been used, or expired because it is too old. Please go back to the site or application that sent you here and try again; it was probably just a mistake."
      hint={hint}
    />
  )
}

function ErrorPage({ heading, text, hint }: { heading: string; text: string; hint: string }) {
  return (
    <Layout title={`${heading} · X emulator`}>
      <div class="card">
        <h1>{heading}</h1>
        <p>{text}</p>
        <aside class="hint" aria-label="Hint of the emulator">
          <strong>Hint of the emulator, which X does not give</strong>
          <p>{hint}</p>
        </aside>
      </div>
    </Layout>
  )
}
