import { FAILURES } from '../failures'
import { CodeText } from './code-text'
import { Layout } from './layout'

/** A type of event, as the page tells it. */
export interface ToldEvent {
  type: string
  means: string
  /** An example of its data. */
  data: object
}

/** The page that says what each failure code means, and each type of event, one section each. */
export function ProblemsPage({ events }: { events: readonly ToldEvent[] }) {
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
        <h1 id="events">What an event means</h1>
        <p class="soft">
          Events are in <code>GET /v1/events</code>, and are delivered to endpoints. An example of
          the <code>data</code> of each:
        </p>
        {events.map(({ type, means, data }) => (
          <section id={type}>
            <h2>
              <code>{type}</code>
            </h2>
            <p>
              <CodeText text={means} />
            </p>
            <pre>
              <code>{JSON.stringify(data, null, 2)}</code>
            </pre>
          </section>
        ))}
      </div>
    </Layout>
  )
}
