/** What a person of somebody's web app sees: from the app's link over X's consent back to the app, each on an origin of its own. */
import { createServer } from 'node:http'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useBrowser } from './browsers.ts'
import { ALL_FLOWS, useWorld } from './worlds.ts'

const www = await anApp()
const app = await anApp(www.origin)
const world = useWorld({ RETURN_TO: `${app.origin} myapp://callback`, ...ALL_FLOWS })
const browser = useBrowser()
beforeAll(() => {
  app.perch = world.perch
})
afterAll(() => {
  for (const each of [app, www]) each.close()
})

/** A web app: `/<flow>/<where>` links to Perch, `/done` is where logins return, `/onward` redirects to another origin. */
async function anApp(onward = '') {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', made.origin)
    const [, first = '', where = ''] = url.pathname.split('/')
    if (first === 'onward') {
      response.writeHead(302, { location: `${onward}/done${url.search}` }).end()
      return
    }
    const back = encodeURIComponent(`${made.origin}/${where}`)
    const link = `<a href="${made.perch}/login?flow=${first}&return_to=${back}">Log in</a>`
    response.setHeader('content-type', 'text/html')
    response.end(`<!DOCTYPE html><title>app</title><h1>${first}</h1>${where ? link : ''}${SCRIPT}`)
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const made = { origin: `http://localhost:${port}`, perch: '', close: () => server.close() }
  return made
}

/** The app opens logins in a popup as well, which tells the page that opened it where it came back. */
const SCRIPT = `<script>
const link = document.querySelector('a')
if (link && location.hash === '#popup') link.onclick = () => !window.open(link.href, 'login', 'popup')
addEventListener('message', (event) => { document.title = event.origin + ' ' + event.data })
if (opener) opener.postMessage(location.href, location.origin)
</script>`

/** Where a login that returned to the app ended: its page, with the login's id and proof in the address. */
async function expectApp(page: Page, origin: string): Promise<void> {
  await page.waitForURL(`${origin}/done?login=**`)
  expect(new URL(page.url()).searchParams.get('login')).toMatch(/^[\w-]{20,}\.[\w-]{20,}$/)
  expect(await page.getByRole('heading').textContent()).toBe('done')
}

async function toConsent(page: Page, flow: string, where: string): Promise<void> {
  await page.goto(`${app.origin}/${flow}/${where}`)
  await page.getByRole('link', { name: 'Log in' }).click()
  await page.getByRole('heading', { name: 'wants to access' }).waitFor()
  expect(new URL(page.url()).origin).toBe(world.x)
}

async function authorize(page: Page): Promise<void> {
  await page.getByRole('radio', { name: 'Alice' }).check()
  await page.getByRole('button', { name: 'Authorize app' }).click()
}

const WAYS = ['oauth2', 'oauth1', 'signin'].flatMap((flow) => [
  [flow, 'done', 'the app'],
  [flow, 'onward', 'where the app redirects to'],
])

describe('the app on an origin of its own', () => {
  it('is a third one, and redirects to a fourth', () => {
    const origins = new Set([world.perch, world.x, app.origin, www.origin])
    expect(origins.size).toBe(4)
  })

  it.each(WAYS)('%s, %s: the consent leads to %s', async (flow, where) => {
    const { page, complaints } = await browser.tab()
    await toConsent(page, flow, where)
    await authorize(page)
    await expectApp(page, where === 'done' ? app.origin : www.origin)
    expect(complaints).toEqual([])
  })

  it.each(WAYS)('%s, %s: Cancel leads to %s', async (flow, where) => {
    const { page, complaints } = await browser.tab()
    await toConsent(page, flow, where)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expectApp(page, where === 'done' ? app.origin : www.origin)
    expect(complaints).toEqual([])
  })

  it.each([
    ['done', 'the app'],
    ['onward', 'where the app redirects to'],
  ])('pin, %s: the form leads to %s, after a wrong number as well', async (where) => {
    const profile = await browser.context()
    const { page, complaints } = await browser.tabIn(profile)
    await page.goto(`${app.origin}/pin/${where}`)
    await page.getByRole('link', { name: 'Log in' }).click()
    const opened = profile.waitForEvent('page')
    await page.getByRole('link', { name: 'Open X in a new tab' }).click()
    const atX = await opened
    await authorize(atX)
    const pin = (await atX.locator('#pin').textContent()) ?? ''
    for (const number of [pin === '1111111' ? '2222222' : '1111111', pin]) {
      await page.getByLabel('PIN', { exact: true }).fill(number)
      await page.getByRole('button', { name: 'Connect' }).click()
      if (number !== pin) await page.getByRole('alert').waitFor()
    }
    await expectApp(page, where === 'done' ? app.origin : www.origin)
    expect(complaints.filter((text) => !/status of 400/.test(text))).toEqual([])
  })
})

describe('in a popup', () => {
  it.each(['oauth2', 'oauth1', 'signin'])(
    '%s: back at the app it reaches its opener',
    async (flow) => {
      const profile = await browser.context()
      const { page, complaints } = await browser.tabIn(profile)
      await page.goto(`${app.origin}/${flow}/done#popup`)
      const opened = profile.waitForEvent('page')
      await page.getByRole('link', { name: 'Log in' }).click()
      const popup = await opened
      await authorize(popup)
      await expectApp(popup, app.origin)
      const told = (): Promise<string> => page.title()
      await expect.poll(told).toMatch(`${app.origin} ${app.origin}/done?login=`)
      expect(complaints).toEqual([])
    },
  )

  it('a failure does not cut it off: what leads back from its page reaches the opener', async () => {
    const profile = await browser.context()
    const { page } = await browser.tabIn(profile)
    await page.goto(`${app.origin}/oauth2/done#popup`)
    const opened = profile.waitForEvent('page')
    await page.getByRole('link', { name: 'Log in' }).click()
    const popup = await opened
    await popup.getByRole('heading', { name: 'wants to access' }).waitFor()
    // By the page itself: an address that is typed cuts a popup off by itself.
    const lead = (to: string) => popup.evaluate(`location.href = ${JSON.stringify(to)}`)
    await lead(`${world.perch}/callback?state=${'s'.repeat(43)}&code=c`)
    await popup.getByRole('alert').waitFor()
    await lead(`${app.origin}/done`)
    await expect.poll(() => page.title()).toBe(`${app.origin} ${app.origin}/done`)
  })
})

it('an app with a scheme of its own is led to, with the result in the address', async () => {
  const { page } = await browser.tab()
  await page.goto(
    `${world.perch}/login?return_to=${encodeURIComponent('myapp://callback?csrf=a+b')}`,
  )
  const answer = page.waitForResponse((response) => response.url().includes('/callback?'))
  await authorize(page)
  const { location } = await (await answer).allHeaders()
  expect(location).toMatch(/^myapp:\/\/callback\?csrf=a\+b&login=[\w-]{43}\.[\w-]{43}$/)
})
