/** What wrangler.toml must say, since no code would miss it. */
import { describe, expect, it } from 'vitest'
import { unstable_readConfig } from 'wrangler'
import { LOGIN_LIMIT_PERIOD_SECONDS, REFRESH_CONCURRENCY, SWEEP_CRON } from '../../src/limits'

const config = unstable_readConfig({ config: './wrangler.toml' })

describe('wrangler.toml', () => {
  it('keeps queries out of the logs: code, state, ticket and proof stand in them', () => {
    expect(config.observability).toMatchObject({ enabled: true, redact_query_string: true })
  })

  it('has all limits, over the time that clients are told to wait', () => {
    const period = LOGIN_LIMIT_PERIOD_SECONDS
    // A namespace for each: in one of them two would count together.
    expect(config.ratelimits).toMatchObject([
      { name: 'LOGIN_LIMIT_ADDRESS', namespace_id: '1001', simple: { limit: 60, period } },
      { name: 'LOGIN_LIMIT_TOTAL', namespace_id: '1002', simple: { limit: 600, period } },
      { name: 'LOGIN_LIMIT_SITE', namespace_id: '1003', simple: { limit: 120, period } },
      { name: 'LOGIN_LIMIT_CALLER', namespace_id: '1004', simple: { limit: 600, period } },
    ])
  })

  it('lets few batches at X at once, however many are due', () => {
    expect(config.queues.consumers).toMatchObject([{ queue: 'perch-due', max_concurrency: 4 }])
    expect(4 * REFRESH_CONCURRENCY).toBeLessThanOrEqual(30)
  })

  it('has the cron that the sweep knows', () => {
    expect(config.triggers.crons).toEqual([SWEEP_CRON])
  })
})
