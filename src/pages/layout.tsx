/** The frame of every page. */
import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'

/** The frame of every page. @param title - stands in the tab, before the name of the house. */
export function Layout({ title, children }: { title: string; children: Child }) {
  return (
    <>
      {raw('<!DOCTYPE html>')}
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex" />
          <title>{`${title} · Perch`}</title>
          <link rel="stylesheet" href="/style.css" />
          <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        </head>
        <body>
          <header>
            <a href="/">
              <Bird />
              Perch
            </a>
          </header>
          <main>{children}</main>
          <footer>
            Perch keeps X logins at the edge. Tokens rest sealed and never appear on a page.
          </footer>
        </body>
      </html>
    </>
  )
}

const SHAPE =
  'M6 24h20v2H6zM23.5 9.5 28 11l-3.6 1.4c-.3 5.1-3.9 9.6-9.9 9.6-4.6 0-7.4-2.6-8.5-6.6L3 9l6.2 2.2C11.4 12 13 12.6 14.6 12.4c.5-3.5 2.7-5.4 5.3-5.4 1.7 0 2.9.9 3.6 2.500z'

const Bird = () => (
  // Without the style sheet it would be as wide as the page.
  <svg viewBox="0 0 32 32" width="30" height="30" fill="currentColor" aria-hidden="true">
    <path d={SHAPE} />
  </svg>
)

/** The bird as a file, for browser tabs. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="#0f6b57"><path d="${SHAPE}"/></svg>`
