/** How accounts and grants end, each in one history of the model's world that once ended badly. */
import { describe, expect, it } from 'vitest'
import { holding, type World } from './model-world'

const holds = (world: World) => world.connected()?.oauth2?.refreshToken

describe('DELETE of a grant', () => {
  // The pair that X was just giving lived on, and nobody had it.
  it('waits for the refresh that is under way, and ends the pair that it brings', async () => {
    const world = await holding('oauth2', 'oauth1')
    await world.ask({ because: 'forced' })
    await world.endGrant('oauth2')
    await world.decideCall(0, 'answered')
    await world.decideEnd(0, 'ok')
    expect(world.x.valid).toBe('none')
    expect(world.connected()).not.toHaveProperty('oauth2')
    expect(world.wrong).toEqual([])
  })

  // It ended the grant of a login that came while it waited for a refresh.
  it('ends the one that was held when it was asked for, not a later login’s', async () => {
    const world = await holding('oauth2', 'oauth1')
    await world.ask({ because: 'forced' })
    const end = world.machine.endGrant('oauth2', false)
    await world.login('oauth2')
    await world.decideCall(0, 'answered')
    await world.decideEnd(0, 'ok')
    expect(await end).toMatchObject({ ok: false, failure: { code: 'grant_unknown' } })
    expect(holds(world)).toBe(world.x.valid)
  })

  // The second one took the whole account of the login between them with it.
  it('nor when it waits for another DELETE', async () => {
    const world = await holding('oauth2')
    await world.endGrant('oauth2')
    await world.endGrant('oauth2')
    await world.login('oauth2')
    await world.decideEnd(0, 'deaf')
    await world.decideEnd(0, 'ok')
    expect(holds(world)).toBe(world.x.valid)
    expect(world.wrong).toEqual([])
  })
})

// An account without any grant was left, which nothing would ever end.
describe('DELETE of a grant and of the account at the same time', () => {
  it('ends the account when X did not hear of the grant that is gone by then', async () => {
    const world = await holding('oauth2', 'oauth1')
    await world.endGrant('oauth1')
    await world.disconnect()
    await world.decideEnd(0, 'ok')
    await world.decideEnd(0, 'oauth2')
    expect(world.connected()).toBeUndefined()
    expect(world.wrong).toEqual([])
  })

  it('ends the account when the grant is the last one by then', async () => {
    const world = await holding('oauth2', 'oauth1')
    await world.endGrant('oauth1')
    await world.disconnect()
    await world.decideEnd(1, 'oauth2')
    await world.decideEnd(0, 'ok')
    await world.decideEnd(0, 'ok')
    expect(world.connected()).toBeUndefined()
    expect(world.wrong).toEqual([])
  })
})

describe('DELETE of a grant whose object dies', () => {
  // Nothing went on with it: the account showed what X had ended until somebody repeated the DELETE.
  it.each([true, false])('goes on by the alarm; X had heard of it: %s', async (isHeard) => {
    const world = await holding('oauth2', 'oauth1')
    await world.endGrant('oauth1')
    await world.crash('is lost', isHeard)
    expect(world.connected()?.oauth1).toBeDefined()
    await world.tick(121)
    await world.decideEnd(0, 'ok')
    expect(world.connected()).not.toHaveProperty('oauth1')
    expect(world.connected()).not.toHaveProperty('endingGrant')
    expect(world.wrong).toEqual([])
  })

  it('… and notes that X may have ended it, where X says no from then on', async () => {
    const world = await holding('oauth2', 'oauth1')
    await world.endGrant('oauth1')
    await world.crash('is lost', true)
    await world.tick(121)
    await world.decideEnd(0, 'deaf')
    expect(world.connected()?.oauth1?.endedAtX?.tokens).toEqual({ token: 'unheard' })
    expect(world.connected()).not.toHaveProperty('endingGrant')
  })

  // Who repeated the DELETE was told that there is no such grant.
  it('is what a DELETE means that is repeated: it has its answer', async () => {
    const world = await holding('oauth2', 'oauth1')
    await world.endGrant('oauth1')
    await world.crash('is lost', false)
    const end = world.machine.endGrant('oauth1', false)
    await world.tick(1)
    await world.decideEnd(0, 'ok')
    expect(await end).toMatchObject({ ok: true, value: { revoked: true } })
    expect(world.wrong).toEqual([])
  })

  it('a login waits for that end, and is not left with a dead token', async () => {
    const world = await holding('oauth2', 'oauth1')
    await world.endGrant('oauth1')
    await world.crash('is lost', false)
    await world.login('oauth1')
    await world.decideEnd(0, 'ok')
    expect(world.connected()).not.toHaveProperty('oauth1')
  })

  it('the OAuth 2.0 grant’s token is not presented until then', async () => {
    const world = await holding('oauth2', 'oauth1')
    await world.endGrant('oauth2')
    await world.crash('is lost', true)
    await world.ask({ because: 'forced' })
    expect(world.connected()).not.toHaveProperty('attempt')
    await world.endGrant('oauth1')
    await world.decideEnd(0, 'ok')
    await world.decideEnd(0, 'ok')
    expect(world.connected()).toBeUndefined()
    expect(world.wrong).toEqual([])
  })

  // The next object had nothing to end any more, and cancelled the alarm: KV showed the former grant for good.
  it('tells KV of the import that took the grant’s place, though nothing is left to end', async () => {
    const world = await holding('oauth2', 'oauth1')
    await world.endGrant('oauth2')
    await world.bringOthers(false)
    await world.move('is lost', false)
    await world.tick(100)
    await world.decidePut(0, 'ok')
    expect(world.connected()).not.toHaveProperty('endingGrant')
    expect(world.kv.copy).toMatchObject({ oauth2: { imported: true } })
  })
})

describe('DELETE of an account', () => {
  // It was called a user who took the access away.
  it('half done: X’s refusal is blamed on it', async () => {
    const world = await holding('oauth2')
    await world.disconnect()
    await world.decideEnd(0, 'half')
    expect(world.connected()?.oauth2?.endedAtX?.tokens).toEqual({ refreshToken: 'ended' })
    await world.ask({ because: 'forced' })
    await world.decideCall(0, 'answered')
    expect(world.connected()?.oauth2?.ended?.reason).toBe('ended_by_delete')
    await world.disconnect()
    await world.decideEnd(0, 'ok')
    expect(world.connected()).toBeUndefined()
    expect(world.wrong).toEqual([])
  })

  // Both were told what had been decided of the one before.
  it('does not join one that is decided and only waits for KV', async () => {
    const world = await holding('oauth2')
    world.patient = true
    await world.disconnect()
    await world.decideEnd(0, 'ok')
    await world.login('oauth2')
    await world.disconnect()
    await world.decideEnd(0, 'ok')
    expect(holds(world)).toBeUndefined()

    const deaf = await holding('oauth2')
    deaf.patient = true
    await deaf.disconnect()
    await deaf.decideEnd(0, 'deaf')
    await deaf.disconnect(true)
    await deaf.decideEnd(0, 'deaf')
    expect(holds(deaf)).toBeUndefined()
    expect([...world.wrong, ...deaf.wrong]).toEqual([])
  })

  // The end of the first one made it forget the second: X was asked twice for the same end, side by side.
  it('is joined by the next one, though one before it is only over now', async () => {
    const world = await holding('oauth2')
    world.patient = true
    await world.disconnect()
    await world.decideEnd(0, 'ok')
    await world.login('oauth2')
    await world.disconnect()
    while (world.kv.isWaitedFor) await world.decidePut(0, 'ok')
    await world.disconnect()
    await world.decideEnd(0, 'ok')
    expect(world.x.isWaitedFor).toBe(false)
    expect(holds(world)).toBeUndefined()
    expect(world.wrong).toEqual([])
  })

  // X's refusal of what it had ended was called the user's.
  it('whose object dies has noted what X may have ended, where X says no from then on', async () => {
    const world = await holding('oauth2')
    await world.disconnect()
    await world.crash('is lost', true)
    await world.tick(121)
    await world.decideEnd(0, 'deaf')
    expect(world.connected()?.oauth2).toHaveProperty('endedAtX')
    expect(world.connected()).not.toHaveProperty('disconnecting')
  })

  it('that is forced stays so after a crash', async () => {
    const world = await holding('oauth2')
    await world.disconnect(true)
    await world.crash('is lost', false)
    await world.login('oauth1')
    await world.decideEnd(0, 'deaf')
    expect(holds(world)).toBeUndefined()
  })

  // An import that had waited for the refresh took the journal of the DELETE with it.
  it('is not forgotten over an import that waits beside it', async () => {
    const world = await holding('oauth2')
    await world.bring()
    await world.ask({ because: 'forced' })
    await world.confirm()
    await world.disconnect()
    await world.decideCall(0, '429')
    expect(world.connected()?.disconnecting).toBeDefined()
    await world.decideEnd(0, 'ok')
    expect(holds(world)).toBeUndefined()
    expect(world.wrong).toEqual([])
  })

  // The login of the other kind was told "adopted", and forgotten without being given back.
  it('nor over an OAuth 1.0a login that waits for the end of another grant', async () => {
    const world = await holding('oauth2', 'oauth1')
    await world.endGrant('oauth2')
    await world.login('oauth1')
    await world.disconnect()
    await world.decideEnd(0, 'ok')
    expect(world.connected()?.disconnecting).toBeDefined()
    await world.decideEnd(0, 'ok')
    expect(world.connected()).toBeUndefined()
    expect(world.wrong).toEqual([])
  })

  // The next login of the other kind made it forget when that was.
  it('is remembered: no login from before brings its grant back', async () => {
    const world = await holding('oauth2')
    await world.login('oauth2', 'acted')
    await world.disconnect()
    await world.decideEnd(0, 'ok')
    await world.login('oauth1')
    await world.getOn(0)
    await world.getOn(0)
    expect(holds(world)).toBeUndefined()
    expect(world.wrong).toEqual([])
  })

  // It said that X had revoked all there was.
  it('says that X may hold what a lost reply brought', async () => {
    const world = await holding('oauth2')
    await world.ask({ because: 'forced' })
    await world.decideCall(0, 'lost_after')
    await world.tick(3700)
    await world.ask({ because: 'due', sweptAtMs: world.now })
    await world.decideCall(0, 'answered')
    expect(world.connected()?.oauth2?.ended?.reason).toBe('refresh_reply_lost')
    const left = world.machine.disconnect(false)
    await world.tick(1)
    await world.decideEnd(0, 'ok')
    expect(await left).toMatchObject({ ok: true, value: { revoked: false } })
  })
})
