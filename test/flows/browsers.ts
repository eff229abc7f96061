/** A real browser without a screen. */
import chromium from '@sparticuz/chromium'
import {
  type Browser,
  type BrowserContextOptions,
  chromium as driver,
  type Page,
} from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'

export interface Tab {
  page: Page
  /** What the browser complained of: errors of pages, refused styles and scripts. */
  complaints: string[]
}

/** One Chromium for a test file; each visit has a profile of its own, closed after the file. */
export function useBrowser() {
  let browser: Browser | undefined

  beforeAll(async () => {
    browser = await driver.launch({
      executablePath: await chromium.executablePath(),
      // The package's own arguments switch web security off; these only suit a container.
      args: [
        '--headless=new',
        '--no-sandbox',
        '--no-zygote',
        '--disable-gpu',
        '--disable-dev-shm-usage',
      ],
    })
  })
  afterAll(() => browser?.close())

  async function context(options: BrowserContextOptions = {}) {
    if (!browser) throw new Error('The browser starts before the first test.')
    return browser.newContext(options)
  }

  async function tabIn(profile: Awaited<ReturnType<typeof context>>): Promise<Tab> {
    const page = await profile.newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`))
    return { page, complaints }
  }

  return {
    context,
    tabIn,
    /** A tab in a fresh profile. */
    tab: async (options?: BrowserContextOptions): Promise<Tab> => tabIn(await context(options)),
  }
}
