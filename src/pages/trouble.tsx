import type { FailureData } from '../failure'
import { FAILURES } from '../failures'
import { CodeText } from './code-text'
import { Layout } from './layout'

/** A failure, and the way back. */
export interface TroubleProps {
  failure: FailureData
  /** The app that sent the user here. */
  backTo: string | undefined
  /** Where a new login of the same kind begins; undefined where nobody can begin one in a browser. */
  again: string | undefined
}

/** The page that says what went wrong and what to do. */
export function TroublePage({
  failure: { code, detail, retryAfter },
  backTo,
  again,
}: TroubleProps) {
  const { title, fix } = FAILURES[code]
  return (
    <Layout title={title}>
      <div class="card" role="alert">
        <span class="badge bad">{code}</span>
        <h1>{title}</h1>
        {detail !== undefined && <p class="note">{detail}</p>}
        <p>
          <CodeText text={fix.replace('`retry_after`', String(retryAfter ?? 60))} />
        </p>
        <div class="actions">
          {again === undefined && backTo === undefined && (
            <a class="button" href="/">
              To the start page
            </a>
          )}
          {again !== undefined && (
            <a class="button" href={again}>
              Start again
            </a>
          )}
          {backTo !== undefined && (
            <a class="button quiet" href={backTo}>
              Back to {new URL(backTo).host || 'the app'}
            </a>
          )}
        </div>
      </div>
    </Layout>
  )
}
