/** What a receiver of the workers ring was told, checked as receivers do. */
import { Webhook } from 'standardwebhooks'
import { inject, vi } from 'vitest'
import type { Arrival } from './receiver'

const RECEIVER = inject('receiver')

/** As a name server would: Perch has a public origin here, and delivers to https alone. */
export function nameReceiver(): void {
  const { fetch } = globalThis
  vi.spyOn(globalThis, 'fetch').mockImplementation((to, init) =>
    fetch(typeof to === 'string' ? to.replace('https://receiver.example', RECEIVER) : to, init),
  )
}

/** The address of a receiver that answers like this, and whose deliveries are found by a key. */
export const receiverUrl = (manner: string, key: string): string =>
  `https://receiver.example/${manner}/${key}`

/** From now on it answers otherwise. */
export async function answersFromNow(key: string, manner: string): Promise<void> {
  await (await fetch(`${RECEIVER}/from-now/${key}/${manner}`)).text()
}

/** What came, the first one first. */
export const arrivals = async (key: string): Promise<Arrival[]> =>
  (await fetch(`${RECEIVER}/seen/${key}`)).json<Arrival[]>()

/** A delivery as its receiver has it, once its signature was found to fit in the moment in which it was made. */
export function checked({ body, headers }: Arrival, secret: string): { id: string; seq: number } {
  const now = Date.now()
  vi.setSystemTime(Number(headers['webhook-timestamp']) * 1000)
  try {
    return new Webhook(secret).verify(body, headers) as { id: string; seq: number }
  } finally {
    vi.setSystemTime(now)
  }
}
