import type { User } from '../store/users.ts'
import { DEFAULT_PICTURE } from './user-object.ts'

/** A post as API 1.1 tells of it. */
interface Status {
  id: string
  text: string
  atMs: number
}

/** A user in the shape of API 1.1. */
export function userV1(user: User, more: Record<string, unknown> = {}): Response {
  return answer(user.id, { ...fieldsOf(user), ...more })
}

/** A post in the shape of API 1.1. */
export function statusV1(user: User, { id, text, atMs }: Status): Response {
  return answer(id, { id_str: id, created_at: dateV1(atMs), text, user: fieldsOf(user) })
}

function fieldsOf({ id, name, username }: User): Record<string, unknown> {
  const picture = { profile_image_url_https: DEFAULT_PICTURE }
  return { id_str: id, name, screen_name: username, verified: false, ...picture }
}

/** The id goes out as a number with all its digits, more than JavaScript's own numbers hold. */
function answer(id: string, fields: Record<string, unknown>): Response {
  return new Response(`{"id":${id},${JSON.stringify(fields).slice(1)}`, {
    headers: { 'Content-Type': 'application/json;charset=utf-8' },
  })
}

/** `Wed Oct 10 20:19:24 +0000 2018` */
function dateV1(atMs: number): string {
  const [weekday, day, month, year, time] = new Date(atMs).toUTCString().split(/,? /)
  return `${weekday} ${month} ${day} ${time} +0000 ${year}`
}
