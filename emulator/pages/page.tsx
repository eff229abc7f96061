import type { Child } from 'hono/jsx'

/** How a page is sent. `formTarget`: where its form's answer may redirect to. */
export interface PageOptions {
  status?: number
  formTarget?: string
}

/** Sends a page, closed to scripts, frames, caches and everything that is not its own style sheet. */
export async function page(markup: Child, options: PageOptions = {}): Promise<Response> {
  const formAction = ["'self'", options.formTarget].filter(Boolean).join(' ')
  const csp = `default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action ${formAction}`
  return new Response(`<!DOCTYPE html>${await markup}`, {
    status: options.status ?? 200,
    headers: {
      'Content-Type': 'text/html;charset=utf-8',
      'Cache-Control': 'no-store',
      'Content-Security-Policy': csp,
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
