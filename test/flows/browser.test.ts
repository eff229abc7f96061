/** What a person sees: a real browser goes to X and back. */
import { createServer } from 'node:http'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { useBrowser } from './browsers.ts'
import { approveForPin } from './visitors.ts'
import { ALL_FLOWS, useWorld } from './worlds.ts'

const app = await anApp()
afterAll(() => app.close())
const world = useWorld({
  RETURN_TO: app.origin,
  ...ALL_FLOWS,
  X_SCOPES: 'tweet.read users.read tweet.write offline.access',
})
const browser = useBrowser()

/** Somebody's web app, to which logins return. */
async function anApp(): Promise<{ origin: string; close: () => void }> {
  const server = createServer((_, response) => response.end('the app'))
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { origin: `http://localhost:${port}`, close: () => server.close() }
}

/** From the start page to X's consent page. */
async function toConsent(page: Page): Promise<void> {
  await page.goto(world.perch)
  await page.getByRole('link', { name: 'Log in with X', exact: true }).click()
  await page.getByRole('heading', { name: 'wants to access' }).waitFor()
  expect(new URL(page.url()).origin).toBe(world.x)
}

async function authorize(page: Page, user: string): Promise<void> {
  await page.getByRole('radio', { name: user }).check()
  await page.getByRole('button', { name: 'Authorize app' }).click()
}

const heading = (page: Page) => page.getByRole('heading', { level: 1 }).textContent()

/** How many pixels of a page lie beyond its right edge. */
const overhang = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')

describe('logging in', () => {
  it('ends on the connected page, without a token on it, and a reload shows the same', async () => {
    const { page, complaints } = await browser.tab()
    await toConsent(page)
    await authorize(page, 'Alice')
    await page.waitForURL(`${world.perch}/callback?**`)
    expect(await heading(page)).toBe('Alice')
    const shown = await page.locator('main').textContent()
    expect(shown).toMatch(/@alice is connected/)
    expect(shown).toMatch(/tweet\.write/)
    const [grant] = await world.emulator.grants('alice')
    expect(await page.content()).not.toContain(grant?.access_token)
    await page.reload()
    expect(await page.locator('main').textContent()).toBe(shown)
    expect(await world.emulator.tokenCalls()).toHaveLength(1)
    expect(complaints).toEqual([])
  })

  it('says so when the user cancels, and starts again from there', async () => {
    const { page } = await browser.tab()
    await toConsent(page)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.waitForURL(`${world.perch}/callback?**`)
    expect(await heading(page)).toBe('You did not give access')
    await page.reload()
    expect(await heading(page)).toBe('You did not give access')
    await page.getByRole('link', { name: 'Start again' }).click()
    await authorize(page, 'Bob')
    await page.waitForURL(`${world.perch}/callback?**`)
    expect(await heading(page)).toBe('Bob')
  })

  it('Cancel, the browser’s Back, approve: connected', async () => {
    const { page } = await browser.tab()
    await toConsent(page)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.waitForURL(`${world.perch}/callback?**`)
    await page.goBack()
    await authorize(page, 'Alice')
    await page.getByText('is connected').waitFor()
    expect(await heading(page)).toBe('Alice')
    expect(await page.locator('main').textContent()).toMatch(/@alice is connected/)
  })

  it('works without JavaScript', async () => {
    const { page } = await browser.tab({ javaScriptEnabled: false })
    await toConsent(page)
    await authorize(page, 'Bob')
    await page.waitForURL(`${world.perch}/callback?**`)
    expect(await heading(page)).toBe('Bob')
  })

  it('works in two tabs at once, whichever is first', async () => {
    const profile = await browser.context()
    const [one, two] = [await browser.tabIn(profile), await browser.tabIn(profile)]
    await toConsent(one.page)
    await toConsent(two.page)
    await authorize(two.page, 'Bob')
    await two.page.waitForURL(`${world.perch}/callback?**`)
    await authorize(one.page, 'Alice')
    await one.page.waitForURL(`${world.perch}/callback?**`)
    expect([await heading(one.page), await heading(two.page)]).toEqual(['Alice', 'Bob'])
  })

  it('keeps its cookie from scripts, and another browser out', async () => {
    const profile = await browser.context()
    const { page } = await browser.tabIn(profile)
    await toConsent(page)
    const cookies = await profile.cookies(world.perch)
    const ours = { httpOnly: true, sameSite: 'Lax', secure: false, path: '/' }
    expect(cookies).toMatchObject([ours, ours])
    await page.route(`${world.perch}/callback?**`, (route) => route.abort())
    const back = page.waitForRequest(`${world.perch}/callback?**`)
    await authorize(page, 'Alice')
    const { page: other } = await browser.tab()
    await other.goto((await back).url())
    expect(await heading(other)).toBe('This login was started in another browser')
  })

  it('finishes by a reload what X’s trouble interrupted', async () => {
    const { page } = await browser.tab()
    await toConsent(page)
    await world.emulator.fault('html', '/2/users/me', 9)
    await authorize(page, 'Alice')
    await page.waitForURL(`${world.perch}/callback?**`)
    expect(await heading(page)).toBe('Almost done')
    await world.emulator.forgetFaults()
    await page.reload()
    expect(await heading(page)).toBe('Alice')
  })
})

describe('OAuth 1.0a', () => {
  // OAuth 1.0a brings the username alone; a name that is known already stays.
  const [alice, bob] = [/^alice$/i, /^bob$/i]
  const expectConnected = async (page: Page, user: RegExp) => {
    await page.waitForURL(`${world.perch}/callback?**`)
    expect(await heading(page)).toMatch(user)
    expect(await page.locator('main').textContent()).toMatch(/until access is taken away/)
  }

  it('three-legged: from the start page, over X’s consent, to the connected page', async () => {
    const { page, complaints } = await browser.tab()
    await page.goto(world.perch)
    await page.getByRole('link', { name: 'Log in with X (OAuth 1.0a)' }).click()
    await page.getByRole('heading', { name: 'wants to access' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/oauth/authorize')
    await authorize(page, 'Alice')
    await expectConnected(page, alice)
    await page.reload()
    expect(await heading(page)).toMatch(alice)
    expect(complaints).toEqual([])
  })

  it('says so when the user cancels', async () => {
    const { page } = await browser.tab()
    await page.goto(`${world.perch}/login?flow=oauth1`)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.waitForURL(`${world.perch}/callback?denied=**`)
    expect(await heading(page)).toBe('You did not give access')
  })

  it('Sign in with X: the second time there is no consent page', async () => {
    const { page } = await browser.tab()
    const signIn = async () => {
      await page.goto(world.perch)
      await page.getByRole('link', { name: 'Sign in with X' }).click()
    }
    await signIn()
    await page.getByRole('heading', { name: 'wants to access' }).waitFor()
    await authorize(page, 'Bob')
    await expectConnected(page, bob)
    await world.emulator.forgetCalls()
    await signIn()
    await expectConnected(page, bob)
    const [, shown] = await world.emulator.calls()
    expect(shown).toMatchObject({ path: '/oauth/authenticate', outcome: 'consent_skipped' })
  })

  it('PIN: X opens in a tab of its own, and a wrong number may be corrected', async () => {
    const profile = await browser.context()
    const { page, complaints } = await browser.tabIn(profile)
    await page.goto(world.perch)
    await page.getByRole('link', { name: 'Log in with a PIN' }).click()
    const opened = profile.waitForEvent('page')
    await page.getByRole('link', { name: 'Open X in a new tab' }).click()
    const atX = await opened
    await authorize(atX, 'Alice')
    const pin = (await atX.locator('#pin').textContent()) ?? ''
    expect(pin).toMatch(/^\d{7}$/)
    const type = async (number: string) => {
      await page.getByLabel('PIN', { exact: true }).fill(number)
      await page.getByRole('button', { name: 'Connect' }).click()
    }
    await type(pin === '1111111' ? '2222222' : '1111111')
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').textContent()).toMatch(/does not know this PIN/)
    await type(pin)
    await page.getByText('is connected').waitFor()
    expect(await heading(page)).toMatch(alice)
    expect(complaints.filter((text) => !/status of 400/.test(text))).toEqual([])
  })

  it('PIN with return_to: the form’s redirect leaves for the app', async () => {
    const { page, complaints } = await browser.tab()
    await page.goto(`${world.perch}/login?flow=pin&return_to=${app.origin}/after`)
    const toX = await page.getByRole('link', { name: 'Open X in a new tab' }).getAttribute('href')
    const pin = await approveForPin(toX ?? '', 'bob')
    await page.getByLabel('PIN', { exact: true }).fill(pin)
    await page.getByRole('button', { name: 'Connect' }).click()
    await page.waitForURL(`${app.origin}/after?login=**`)
    expect(await page.textContent('body')).toBe('the app')
    expect(complaints).toEqual([])
  })
})

describe('on a phone', () => {
  it.each(['light', 'dark'] as const)('nothing hangs over the edge, %s', async (colorScheme) => {
    const { page, complaints } = await browser.tab({
      viewport: { width: 375, height: 667 },
      colorScheme,
    })
    const expectToFit = async () => expect(await overhang(page), page.url()).toBeLessThanOrEqual(0)
    for (const path of [
      '/',
      '/problems',
      `/callback?state=${'s'.repeat(43)}&code=c`,
      '/nothing',
      '/login?flow=pin',
    ]) {
      await page.goto(world.perch + path)
      await expectToFit()
    }
    await toConsent(page)
    await expectToFit()
    await authorize(page, 'Alice')
    await page.waitForURL(`${world.perch}/callback?**`)
    await expectToFit()
    const unexpected = complaints.filter((text) => !/status of 40[04]/.test(text))
    expect(unexpected).toEqual([])
  })
})
