/** What a person sees: a real browser goes to X and back. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { useBrowser } from './browsers.ts'
import { useWorld } from './worlds.ts'

const world = useWorld({ X_SCOPES: 'tweet.read users.read tweet.write offline.access' })
const browser = useBrowser()

/** From the start page to X's consent page. */
async function toConsent(page: Page): Promise<void> {
  await page.goto(world.perch)
  await page.getByRole('link', { name: 'Log in with X' }).click()
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
    expect(page.url()).toBe(`${world.perch}/`)
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
    expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Lax', secure: false, path: '/' }])
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

describe('on a phone', () => {
  it.each(['light', 'dark'] as const)('nothing hangs over the edge, %s', async (colorScheme) => {
    const { page, complaints } = await browser.tab({
      viewport: { width: 375, height: 667 },
      colorScheme,
    })
    const expectToFit = async () => expect(await overhang(page), page.url()).toBeLessThanOrEqual(0)
    for (const path of ['/', '/problems', `/callback?state=${'s'.repeat(43)}&code=c`, '/nothing']) {
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
