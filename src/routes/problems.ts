/** `/problems`: every code in words, where the `type` of a problem document leads. */
import { Hono } from 'hono/tiny'
import { Problems } from '../pages/problems'
import type { Door } from './door'

export const problems = new Hono<Door>().get('/', (c) => c.html(Problems()))
