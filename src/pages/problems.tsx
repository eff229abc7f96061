import { FAILURES } from '../failures'
import { CodeText } from './code-text'
import { Layout } from './layout'

/** The page that says what each failure code means, one section each. */
export function ProblemsPage() {
  return (
    <Layout title="Problems">
      <div class="card">
        <h1>What a code means</h1>
        <p class="soft">
          API errors are problem documents (RFC 9457). Their <code>code</code> is one of these and
          stays what it is.
        </p>
        {Object.entries(FAILURES).map(([code, { status, title, fix, retry }]) => (
          <section id={code}>
            <h2>
              <code>{code}</code> <span class="soft">{status}</span>
            </h2>
            <p>
              {title}. <CodeText text={fix} />{' '}
              {retry && <span class="soft">The same call may work later.</span>}
            </p>
          </section>
        ))}
      </div>
    </Layout>
  )
}
