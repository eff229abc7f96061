import { SEEDED_APP, SEEDED_USERS } from '../seeds.ts'
import { saveApp } from './apps.ts'
import { addUser } from './users.ts'
import type { World } from './world.ts'

/** Puts the app and the users of the seeds into an empty world. */
export function seed(world: World): void {
  saveApp(world, SEEDED_APP)
  for (const user of SEEDED_USERS) addUser(world, user)
}
