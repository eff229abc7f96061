/** `/problems`: every code in words, where the `type` of a problem document leads, and every type of event. */
import { Hono } from 'hono/tiny'
import { CATALOGUE } from '../events/catalogue'
import { ProblemsPage } from '../pages/problems'
import type { AppEnv } from './middleware'

const events = Object.entries(CATALOGUE).map(([type, told]) => ({ type, ...told }))

/** The route of `/problems`. */
export const problems = new Hono<AppEnv>().get('/', (c) => c.html(ProblemsPage({ events })))
