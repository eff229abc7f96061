/** Ids on their way into the queue: so many a message, so many messages a call. Only the last message is not full. */
import { QUEUE_BATCH_MESSAGES, SWEEP_MESSAGE_ACCOUNTS } from '../limits'
import { errorOf, log } from '../log'
import { QUEUE_MESSAGE } from './migrations'
import { stamped } from './version'

/** Gathers ids and puts them into the queue, as many a message and as many messages a call as may be. */
export class QueueBatch<Message extends object> {
  /** How many ids the queue took. */
  queued = 0
  readonly #queue: Queue<Message>
  readonly #message: (ids: string[]) => Message
  readonly #waiting: string[] = []

  /** @param message - the message that carries these ids */
  constructor(queue: Queue<Message>, message: (ids: string[]) => Message) {
    this.#queue = queue
    this.#message = message
  }

  async add(ids: readonly string[]): Promise<void> {
    this.#waiting.push(...ids)
    while (this.#waiting.length >= BATCH_IDS) await this.#send(this.#waiting.splice(0, BATCH_IDS))
  }

  /** What is left, whether it fills a message or not. */
  async flush(): Promise<void> {
    if (this.#waiting.length > 0) await this.#send(this.#waiting.splice(0))
  }

  async #send(ids: string[]): Promise<void> {
    const messages: Message[] = []
    for (let at = 0; at < ids.length; at += SWEEP_MESSAGE_ACCOUNTS)
      messages.push(this.#message(ids.slice(at, at + SWEEP_MESSAGE_ACCOUNTS)))
    if (await sent(this.#queue, messages)) this.queued += ids.length
  }
}

/**
 * Puts messages into the queue, all or none. Never throws: a log line says why the queue refused them.
 *
 * @returns whether the queue took them.
 */
export async function sent<Message extends object>(
  queue: Queue<Message>,
  messages: Message[],
): Promise<boolean> {
  try {
    await queue.sendBatch(messages.map((body) => ({ body: stamped(body, QUEUE_MESSAGE) })))
    return true
  } catch (error) {
    log('queue_refused', { messages: messages.length, ...errorOf(error) })
    return false
  }
}

const BATCH_IDS = QUEUE_BATCH_MESSAGES * SWEEP_MESSAGE_ACCOUNTS
