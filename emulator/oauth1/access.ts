import { ACCESS_LEVELS, type Access, type App } from '../store/apps.ts'
import type { Grant } from '../store/grants.ts'

/** What each level adds, in the words of a consent page. */
const WORDS: Record<Access, string[]> = {
  read: ['See posts from your timeline, your profile and who you follow'],
  'read-write': ['Post, repost, like and follow for you', 'Change your profile'],
  'read-write-directmessages': ['Read and send direct messages for you'],
}

/** A level in words, with those below it. */
export function accessInWords(access: Access): string[] {
  const levels = ACCESS_LEVELS.slice(0, ACCESS_LEVELS.indexOf(access) + 1)
  return levels.flatMap((level) => WORDS[level])
}

/**
 * What a request token asks for: the app's own level, or less by `x_auth_access_type`.
 *
 * @see X docs, POST oauth/request_token
 */
export function requestedAccess(app: App, type: string | undefined): Access {
  if (type === 'read' || app.permissions === 'read') return 'read'
  return type === 'write' ? 'read-write' : app.permissions
}

/** Whether a user token may write: the user has allowed it, and the app still may. */
export function mayWrite(app: App, grant: Grant): boolean {
  return grant.scope !== 'read' && app.permissions !== 'read'
}
