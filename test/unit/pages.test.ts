/** What pages say and hold, whatever the visitor's browser makes of them. */
import { describe, expect, it } from 'vitest'
import { FAILURES, type FailureCode } from '../../src/failures'
import { LandingPage } from '../../src/pages/landing'
import { TroublePage } from '../../src/pages/trouble'

const CODES = Object.keys(FAILURES) as FailureCode[]
const troubled = async (
  code: FailureCode,
  detail?: string,
  retryAfter?: number,
): Promise<string> => {
  const failure = {
    code,
    ...(detail === undefined ? {} : { detail }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  }
  return String(
    await TroublePage({ failure, again: undefined, backTo: undefined, isBackFirst: false }),
  )
}

describe('the page of a failure', () => {
  it.each(CODES)('speaks to people, not of the fields that programs read: %s', async (code) => {
    for (const detail of [undefined, 'X said so.'])
      expect(await troubled(code, detail)).not.toMatch(/<code>(detail|retry_after|fix|code)</)
  })

  it('says where to look, and how long to wait', async () => {
    expect(await troubled('flow_unavailable', 'oauth1')).toContain(
      'Use a flow the note above names.',
    )
    expect(await troubled('config_incomplete')).toContain('Set what the log names.')
    expect(await troubled('x_rate_limited', 'Wait.', 42)).toContain('after 42 seconds')
  })
})

it('without its style sheet the bird is as large as a letter, not as the page', async () => {
  const drawings = (await troubled('internal')).match(/<svg[^>]*>/g) ?? []
  expect(drawings.length).toBeGreaterThan(0)
  for (const drawing of drawings) expect(drawing).toMatch(/width="30" height="30"/)
})

it('of the ways to log in one stands out', async () => {
  const flows = ['oauth2', 'oauth1', 'signin', 'pin'].map((flow) => ({ flow, label: flow }))
  const page = String(
    await LandingPage({
      callbackUrl: 'http://localhost/callback',
      flows,
      scopes: [],
      missing: [],
      doubtful: [],
    }),
  )
  expect(page.match(/class="button"/g)).toHaveLength(1)
  expect([...page.matchAll(/href="(\/login[^"]*)"/g)].map(([, to]) => to)).toEqual([
    '/login',
    '/login?flow=oauth1',
    '/login?flow=signin',
    '/login?flow=pin',
  ])
})
