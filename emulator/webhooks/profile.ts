import type { User } from '../store/users.ts'
import type { World } from '../store/world.ts'
import { happen } from './events.ts'

/** Tells what has changed in a user's profile. X calls the name `screenname`, and the username `handle`. */
export function tellProfile(world: World, former: User, user: User): void {
  const changes = [
    ['profile.update.screenname', former.name, user.name],
    ['profile.update.handle', former.username, user.username],
  ] as const
  for (const [event_type, before, after] of changes)
    if (before !== after)
      happen(world, { event_type, user_id: user.id, payload: { before, after } })
}
