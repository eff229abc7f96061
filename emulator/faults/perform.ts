import type { Exchange } from '../env.ts'
import { exactAnswer, htmlAnswer, resetAnswer, statusAnswer } from './answers.ts'
import type { Fault } from './fault.ts'
import type { Moment } from './limits-of-fault.ts'
import { cutReply, lostReply, stalledReply, unsentReply } from './lost-reply.ts'
import { paddedReply, slowReply } from './slow-reply.ts'

/** How a call ends: its reply, and what is still to be done to it on its way to the client. */
export interface Ending {
  reply: Response
  send: (reply: Response) => Response | Promise<Response>
}

/** Answers a call as its fault wants it. `act` is X doing what it does. */
export async function perform(
  fault: Fault | undefined,
  exchange: Exchange,
  act: () => Response | Promise<Response>,
  moment: () => Moment,
): Promise<Ending> {
  switch (fault?.kind) {
    case 'drop_before':
      exchange.call.outcome = 'dropped'
      return { reply: unsentReply(), send: lostReply }
    case 'drop_after_commit':
      return { reply: await act(), send: lostReply }
    case 'twice':
      // A POST that a gateway repeats: the first answer is lost on the way, and nobody knows of it.
      await (await act()).body?.cancel()
      return { reply: await act(), send: asItIs }
    case 'cut':
      return { reply: await act(), send: (reply) => cutReply(reply, fault.bytes) }
    case 'stall':
      return { reply: await act(), send: (reply) => stalledReply(reply, fault.bytes) }
    case 'padded':
      return { reply: await act(), send: (reply) => paddedReply(reply, fault.bytes) }
    case 'slow':
      return { reply: await act(), send: (reply) => slowReply(reply, fault.ms) }
    case 'gateway':
      return { reply: await act(), send: () => htmlAnswer(fault.status) }
    case 'reset_after':
      return { reply: await act(), send: resetAnswer }
    case 'reset_before':
      return instead(exchange, resetAnswer())
    case 'status':
      return instead(exchange, statusAnswer(fault.status, fault.limits, moment()))
    case 'html':
      return instead(exchange, htmlAnswer(fault.status))
    case 'reply':
      return instead(exchange, exactAnswer(fault.status, fault.body, fault.headers))
    case 'delay':
      await sleep(fault.ms)
      return { reply: await act(), send: asItIs }
    case 'delay_reply':
      return { reply: await act(), send: (reply) => sleep(fault.ms).then(() => reply) }
    default:
      return { reply: await act(), send: asItIs }
  }
}

function instead(exchange: Exchange, reply: Response): Ending {
  exchange.call.outcome = 'not processed'
  return { reply, send: asItIs }
}

const asItIs = (reply: Response) => reply

const sleep = (ms: number) => new Promise<void>((wake) => setTimeout(wake, ms))
