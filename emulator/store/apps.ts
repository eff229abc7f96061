import type { World } from './world.ts'

/** A registered app, with the names that the control API uses. */
export interface App {
  name: string
  /** "Web App" and "Automated App" are confidential, "Native App" and "Single Page App" are public. */
  type: 'confidential' | 'public'
  client_id: string
  client_secret: string
  api_key: string
  api_secret: string
  callbacks: string[]
  /** What OAuth 1.0a grants may do, in the words of X's `x-access-level` header. */
  permissions: 'read' | 'read-write' | 'read-write-directmessages'
  suspended: boolean
  /** Seconds. X's is 7200. */
  access_token_ttl: number
  /** Whether API calls beyond the limit are refused. The headers are sent in any case. */
  rate_limits: boolean
}

/** The app as it is set now. */
export function loadApp(world: World): App {
  return JSON.parse(world.sql.exec<{ json: string }>('SELECT json FROM app').one().json) as App
}

/** Replaces the app. Grants stay bound to the client id that they were issued to. */
export function saveApp(world: World, app: App): void {
  world.sql.exec('INSERT OR REPLACE INTO app (id, json) VALUES (1, ?)', JSON.stringify(app))
}
