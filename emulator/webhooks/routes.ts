import { Hono } from 'hono'
import type { X } from '../env.ts'
import { createWebhook, deleteWebhook, getWebhooks, validateWebhook } from './manage.ts'
import { replay } from './replay.ts'
import { changeIt, getSubscriptions, subscribe, unsubscribe, unsubscribeMany } from './subscribe.ts'

/** Webhooks and what is sent to them. @see X docs, Webhooks and X Activity API */
export const webhooks = new Hono<X>()
  .post('/2/webhooks', createWebhook)
  .get('/2/webhooks', getWebhooks)
  .post('/2/webhooks/replay', replay)
  .put('/2/webhooks/:id', validateWebhook)
  .delete('/2/webhooks/:id', deleteWebhook)
  .post('/2/activity/subscriptions', subscribe)
  .get('/2/activity/subscriptions', getSubscriptions)
  .delete('/2/activity/subscriptions', unsubscribeMany)
  .put('/2/activity/subscriptions/:id', changeIt)
  .delete('/2/activity/subscriptions/:id', unsubscribe)
