/** What a person of somebody's web app sees: from the app's link over X's consent back to the app, each on an origin of its own. */
import { createServer } from 'node:http'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useBrowser } from './browsers.ts'
import { type Program, program } from './programs.ts'
import { decide } from './visitors.ts'
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

async function authorize(page: Page, user = 'Alice'): Promise<void> {
  await page.getByRole('radio', { name: user }).check()
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

/** The app's own program, which asks how a login ended. */
async function askingProgram(): Promise<Program> {
  const made = { name: 'the app', scopes: ['logins'], return_to: [app.origin] }
  const { key } = await program(world).json<{ key: string }>('POST', '/v1/callers', made)
  return program(world, key)
}

/** Who logged in, or why nobody did, as the app learns it from the address at which this page stands. */
async function whoCame(asking: Program, page: Page): Promise<string> {
  const [id, proof] = (new URL(page.url()).searchParams.get('login') ?? '').split('.')
  const told = await asking.json<{ account?: { username: string }; problem?: { code: string } }>(
    'GET',
    `/v1/logins/${id}?proof=${proof}`,
  )
  return told.account?.username ?? told.problem?.code ?? 'nobody'
}

/** The browser's own Back, from the app to X's consent page. */
async function backToConsent(page: Page): Promise<void> {
  await page.goBack()
  await page.getByRole('heading', { name: 'wants to access' }).waitFor()
}

const trouble = (page: Page) => page.getByRole('alert').locator('.badge').textContent()

describe('people who go back', () => {
  it('Cancel, Back, approve: the app gets the account, though it was told of the Cancel', async () => {
    const asking = await askingProgram()
    const { page } = await browser.tab()
    await toConsent(page, 'oauth2', 'done')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expectApp(page, app.origin)
    expect(await whoCame(asking, page)).toBe('login_cancelled')
    await backToConsent(page)
    await authorize(page)
    await expectApp(page, app.origin)
    expect(await whoCame(asking, page)).toBe('alice')
  })

  it('Alice, Back, Bob, before the app asked: it was Bob', async () => {
    const asking = await askingProgram()
    const { page } = await browser.tab()
    await toConsent(page, 'oauth2', 'done')
    await authorize(page, 'Alice')
    await expectApp(page, app.origin)
    await backToConsent(page)
    await authorize(page, 'Bob')
    await expectApp(page, app.origin)
    expect(await whoCame(asking, page)).toBe('bob')
  })

  it('Alice, Back, Bob, after the app asked: it stays Alice, and the page says so and leads on', async () => {
    const asking = await askingProgram()
    const { page } = await browser.tab()
    await toConsent(page, 'oauth2', 'done')
    await authorize(page, 'Alice')
    await expectApp(page, app.origin)
    expect(await whoCame(asking, page)).toBe('alice')
    await backToConsent(page)
    await authorize(page, 'Bob')
    expect(await trouble(page)).toBe('login_told')
    const said = await page.getByRole('alert').textContent()
    expect(said).toContain('This answer was @bob’s')
    // A reload led on to the app, as Alice.
    await page.reload()
    expect(await page.getByRole('alert').textContent()).toBe(said)
    await page.getByRole('link', { name: 'Back to localhost' }).click()
    await expectApp(page, app.origin)
    expect(await whoCame(asking, page)).toBe('alice')
    await page.goBack()
    await page.getByRole('link', { name: 'Start again' }).click()
    await authorize(page, 'Bob')
    await expectApp(page, app.origin)
    expect(await whoCame(asking, page)).toBe('bob')
  })
})

describe('more than one at a time', () => {
  it('two people in two tabs of one browser: each login ends as its own', async () => {
    const asking = await askingProgram()
    const profile = await browser.context()
    const [one, two] = [await browser.tabIn(profile), await browser.tabIn(profile)]
    await toConsent(one.page, 'oauth2', 'done')
    await toConsent(two.page, 'oauth1', 'done')
    await Promise.all([authorize(one.page, 'Alice'), authorize(two.page, 'Bob')])
    for (const { page } of [one, two]) await expectApp(page, app.origin)
    expect(await whoCame(asking, one.page)).toBe('alice')
    expect(await whoCame(asking, two.page)).toBe('bob')
  })

  it('another browser gets the callback: it is led to the app’s start, and the first one still arrives', async () => {
    const asking = await askingProgram()
    const { page } = await browser.tab()
    await toConsent(page, 'oauth2', 'done')
    const url = await decide(page.url(), 'alice')
    const { page: other } = await browser.tab()
    await other.goto(url)
    expect(await trouble(other)).toBe('login_elsewhere')
    await other.getByRole('link', { name: 'Back to localhost' }).click()
    await other.waitForURL(`${app.origin}/`)
    expect(await world.emulator.tokenCalls()).toEqual([])
    await page.goto(url)
    await expectApp(page, app.origin)
    expect(await whoCame(asking, page)).toBe('alice')
  })
})

it('a login that has expired leads back to the app, and begins again by the same flow', async () => {
  const asking = await askingProgram()
  const profile = await browser.context()
  const { page } = await browser.tabIn(profile)
  await toConsent(page, 'oauth1', 'done')
  // What is left after a while: the cookie that leads back, and a token that nobody knows.
  await profile.clearCookies({ name: /perch_login_/ })
  await page.goto(`${world.perch}/callback?oauth_token=${'t'.repeat(27)}&oauth_verifier=v`)
  expect(await trouble(page)).toBe('login_unknown')
  const back = page.getByRole('link', { name: 'Back to localhost' })
  expect(await back.getAttribute('href')).toBe(`${app.origin}/done`)
  await page.getByRole('link', { name: 'Start again' }).click()
  await page.getByRole('heading', { name: 'wants to access' }).waitFor()
  expect(new URL(page.url()).pathname).toBe('/oauth/authorize')
  await authorize(page, 'Bob')
  await expectApp(page, app.origin)
  expect(await whoCame(asking, page)).toBe('bob')
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
