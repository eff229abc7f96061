import { SEEDED_APP, SEEDED_LOGIN_APP, SEEDED_USERS } from '../seeds.ts'
import { addApp } from './apps.ts'
import { addUser } from './users.ts'
import type { World } from './world.ts'

/** Puts the apps and the users of the seeds into an empty world. */
export function seed(world: World): void {
  for (const app of [SEEDED_APP, SEEDED_LOGIN_APP]) addApp(world, app)
  for (const user of SEEDED_USERS) addUser(world, user)
}
