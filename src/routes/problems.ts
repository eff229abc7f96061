/** `/problems`: every code in words, where the `type` of a problem document leads. */
import { Hono } from 'hono/tiny'
import { ProblemsPage } from '../pages/problems'
import type { AppEnv } from './middleware'

/** The route of `/problems`. */
export const problems = new Hono<AppEnv>().get('/', (c) => c.html(ProblemsPage()))
