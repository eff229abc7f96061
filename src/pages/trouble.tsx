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
  /** Whether the way back to the app comes before a new login. */
  isBackFirst: boolean
}

/** What to do, in words for people: what a program reads in a field stands on the page, or in the log. */
export function forPeople(fix: string, hasNote: boolean, retryAfter = 60): string {
  return fix
    .replaceAll('`detail`', hasNote ? 'the note above' : 'the log')
    .replaceAll('`retry_after`', String(retryAfter))
}

/** The page that says what went wrong and what to do. */
export function TroublePage({
  failure: { code, detail, retryAfter },
  backTo,
  again,
  isBackFirst,
}: TroubleProps) {
  const { title, fix } = FAILURES[code]
  const ways = [
    ...(again === undefined ? [] : [{ href: again, text: 'Start again' }]),
    ...(backTo === undefined
      ? []
      : [{ href: backTo, text: `Back to ${new URL(backTo).host || 'the app'}` }]),
  ]
  if (isBackFirst) ways.reverse()
  if (ways.length === 0) ways.push({ href: '/', text: 'To the start page' })
  return (
    <Layout title={title}>
      <div class="card" role="alert">
        <span class="badge bad">{code}</span>
        <h1>{title}</h1>
        {detail !== undefined && <p class="note">{detail}</p>}
        <p>
          <CodeText text={forPeople(fix, detail !== undefined, retryAfter)} />
        </p>
        <div class="actions">
          {ways.map(({ href, text }, place) => (
            <a class={place === 0 ? 'button' : 'button quiet'} href={href}>
              {text}
            </a>
          ))}
        </div>
      </div>
    </Layout>
  )
}
