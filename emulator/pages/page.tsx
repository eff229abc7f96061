import type { Child } from 'hono/jsx'

/** No `form-action`: browsers hold it against every redirect after the consent, and where an app leads on is its own. */
const CSP = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"

/** Sends a page, closed to scripts, frames, caches and everything that is not its own style sheet. */
export async function page(markup: Child, status = 200): Promise<Response> {
  return new Response(`<!DOCTYPE html>${await markup}`, {
    status,
    headers: {
      'Content-Type': 'text/html;charset=utf-8',
      'Cache-Control': 'no-store',
      'Content-Security-Policy': CSP,
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    },
  })
}

/** The frame of every page, with the note that this is not X. */
export function Layout({ title, children }: { title: string; children: Child }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <link rel="stylesheet" href="/_emulator/style.css" />
      </head>
      <body>
        <header class="banner">
          <p>
            <strong>X emulator</strong> <span>This is not X. Nothing here is real.</span>
          </p>
        </header>
        <main>{children}</main>
      </body>
    </html>
  )
}
