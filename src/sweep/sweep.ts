import { isDue } from '../account/decide'
import type { App } from '../app/app'
import { askApp } from '../app/stub'
import { newSweepStats, UNKNOWN_KEY } from '../app/sweep-stats'
import { askRegistry } from '../caller/stub'
import { secondsOf } from '../clock'
import { type Keyring, keyringOf } from '../crypto/keyring'
import { configOf, need } from '../env'
import { sealedEvents } from '../events/stub'
import { MISSING_KEY_IDS, REGISTRY_PATIENCE_MS, RESEAL_ACCOUNTS, SWEEP_PAGES } from '../limits'
import { errorOf, log } from '../log'
import type { RefreshPolicy } from '../setting-values'
import { QueueBatch, sent } from '../store/queue-batch'
import { type AccountPage, listAccounts, statusAt } from '../store/vault'
import { lookAtWebhook } from '../webhook/look'
import type { Message, SweepSoFar } from './messages'

type ListedAccount = AccountPage['accounts'][number]

/** Begins a sweep. While refreshes are halted it counts, and queues nothing. */
export async function sweep(env: Env, sweptAtMs: number): Promise<void> {
  const config = configOf(env)
  need(config, 'SEALING_KEYS')
  const keyring = await keyringOf(config.sealingKeys)
  const { first } = keyring
  const { obstacle, limit, isSparing, webhook } = await begins(env, first)
  if (obstacle) log('sweep_obstacle', { code: obstacle.code, retry_after: obstacle.retryAfter })
  await sweepOn(env, {
    ...(limit === undefined ? {} : { mayQueue: limit }),
    ...(isSparing ? { isSparing } : {}),
    mayReseal: RESEAL_ACCOUNTS,
    stats: { ...newSweepStats(sweptAtMs), keys: await keysElsewhere(env, keyring) },
  })
  if (webhook) await lookAtWebhook(env, webhook, sweptAtMs)
}

/**
 * The keys that the callers' copies and the log of events are sealed with, by their objects, which have what another key than
 * this sealed sealed anew. While one of them does not say, some may be sealed with a key that nobody knows of.
 */
async function keysElsewhere(
  env: Env,
  { first, keys: known }: Keyring,
): Promise<Record<string, number>> {
  const said = await Promise.all([
    askRegistry(env, (all) => all.sweepBegins(first), REGISTRY_PATIENCE_MS).catch(
      unknownKey('sweep_without_callers'),
    ),
    // With one key alone there is nothing to be sealed anew.
    known.size > 1 ? sealedEvents(env).catch(unknownKey('sweep_without_events')) : {},
  ])
  const keys: Record<string, number> = {}
  for (const [key, count] of said.flatMap(Object.entries<number>))
    keys[key] = (keys[key] ?? 0) + count
  return keys
}

const unknownKey =
  (event: 'sweep_without_callers' | 'sweep_without_events') =>
  (error: unknown): Record<string, number> => {
    log(event, errorOf(error))
    return { [UNKNOWN_KEY]: 1 }
  }

type Begun = Awaited<ReturnType<App['sweepBegins']>>

async function begins(env: Env, keyId: string): Promise<Begun> {
  // Each batch asks again; a sweep is not given up for an object that does not answer.
  const otherwise = { obstacle: undefined, limit: undefined }
  return askApp<Begun>(env, (app) => app.sweepBegins(keyId), otherwise)
}

/** Goes through as many pages as one invocation may, and leaves the rest to a message. One log line when it is through. */
export async function sweepOn(env: Env, sweep: SweepSoFar): Promise<void> {
  const { stats } = sweep
  let carriedOn = false
  let interrupted = false
  try {
    const cursor = await listAndQueue(env, sweep)
    if (cursor === undefined) await askApp(env, (app) => app.swept(stats), undefined)
    else carriedOn = await sent<Message>(env.DUE, [{ sweep: { ...sweep, cursor } }])
    interrupted = cursor !== undefined && !carriedOn
  } catch (error) {
    interrupted = true
    log('sweep_interrupted', errorOf(error))
  } finally {
    const { accounts: listed, due, queued, oldest_lateness_seconds } = stats
    const counts = { listed, due, queued, oldest_lateness_seconds }
    if (!carriedOn) log('sweep', interrupted ? { ...counts, interrupted } : counts)
  }
}

/** @returns where the next invocation goes on; undefined: this was the end of the list */
async function listAndQueue(env: Env, sweep: SweepSoFar): Promise<string | undefined> {
  const { stats } = sweep
  const { sealingKeys, refreshPolicy: policy } = configOf(env)
  const keyring = { ...(await keyringOf(sealingKeys)), policy }
  const due = new QueueBatch<Message>(env.DUE, (ids) => ({ sweptAtMs: stats.sweptAtMs, due: ids }))
  const reseal = new QueueBatch<Message>(env.DUE, (ids) => ({ reseal: ids }))
  let { cursor } = sweep
  try {
    for (let pages = 0; pages < SWEEP_PAGES; pages++) {
      const page = await listAccounts(env.VAULT, cursor)
      if (page.newer.length > 0) log('sweep_newer', { accounts: page.newer.length })
      const found = look(page.accounts, keyring, sweep)
      await due.add(found.due)
      await reseal.add(found.reseal)
      cursor = page.cursor
      if (cursor === undefined) break
    }
  } finally {
    await due.flush()
    await reseal.flush()
    stats.queued += due.queued
  }
  return cursor
}

/** What is to be done about a page's accounts; they are counted on the way. */
function look(
  accounts: ListedAccount[],
  keyring: { first: string; keys: ReadonlyMap<string, unknown>; policy: RefreshPolicy },
  sweep: SweepSoFar,
): { due: string[]; reseal: string[] } {
  const { stats } = sweep
  const now = secondsOf(stats.sweptAtMs)
  const due: string[] = []
  const reseal: string[] = []
  // A copy from before keys were noted may be sealed with any: it is written anew.
  for (const account of accounts) {
    const { id, dueAt, expiresAt, ended, status, keyIds = [] } = account
    stats.accounts += 1
    stats[statusAt(account, now)] += 1
    for (const key of keyIds) stats.keys[key] = (stats.keys[key] ?? 0) + 1
    // What cannot be opened is left alone, and works again when its key is back.
    if (keyIds.some((key) => !keyring.keys.has(key))) {
      stats.missing_key_accounts += 1
      if (stats.missing_key.length < MISSING_KEY_IDS) stats.missing_key.push(id)
      continue
    }
    if (keyIds.length === 0) stats.keys[UNKNOWN_KEY] = (stats.keys[UNKNOWN_KEY] ?? 0) + 1
    const old =
      keyIds.length === 0 || keyIds.some((key) => key !== keyring.first) || isUndated(account)
    if (old && sweep.mayReseal > 0) {
      sweep.mayReseal -= 1
      reseal.push(id)
    }
    if (!isDue({ dueAt, expiresAt, ended }, keyring.policy, now)) continue
    if (sweep.isSparing && status !== 'ok') continue
    // What X has ended is tried again in case X was wrong: nobody waits for it.
    if (ended === undefined) {
      stats.due += 1
      const late = Math.max(now - (dueAt ?? now), 0)
      stats.oldest_lateness_seconds = Math.max(stats.oldest_lateness_seconds, late)
    }
    if (sweep.mayQueue === 0) continue
    if (sweep.mayQueue !== undefined) sweep.mayQueue -= 1
    due.push(id)
  }
  return { due, reseal }
}

/** Whether a former build wrote this copy, of a grant that has ended: it does not say when that is tried again. */
const isUndated = ({ status, expiresAt, ended }: ListedAccount): boolean =>
  status === 'login_required' && expiresAt !== null && ended === undefined
