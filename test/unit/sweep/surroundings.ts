/** What a sweep and a message of the queue need around them, in memory: KV's list, the queue, the objects. */
import { vi } from 'vitest'
import * as keyring from '../../../src/crypto/keyring'
import type { VaultMetadata } from '../../../src/store/vault'

export const NOW = 1_800_000_000

/** An account as KV lists it: of what is not given, nothing is to be done about it. */
export type Listed = Partial<VaultMetadata> & { id: string }

/** What the objects say; what is not given says nothing. */
type Methods = Record<string, (...given: never[]) => unknown>

/** @param pages - KV's list. @param keyIds - the sealing keys; the first one seals */
export function surroundings({
  keyIds = ['first'],
  pages = [],
  app = {},
  account = () => ({}),
}: {
  keyIds?: string[]
  pages?: Listed[][]
  app?: Methods
  account?: (id: string) => Methods
}) {
  const bodies: unknown[] = []
  const env = {
    SEALING_KEYS: 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=',
    REFRESH_POLICY: 'warm',
    VAULT: {
      list: async ({ cursor }: { cursor: string | null }) => {
        const at = Number(cursor ?? 0)
        const keys = (pages[at] ?? []).map(({ id, ...given }) => ({
          name: `account/${id}`,
          metadata: { ...idle, ...given },
        }))
        return at + 1 < pages.length
          ? { keys, list_complete: false, cursor: String(at + 1) }
          : { keys, list_complete: true }
      },
    },
    DUE: {
      sendBatch: async (messages: { body: unknown }[]) =>
        void bodies.push(...messages.map(({ body }) => body)),
    },
    APP: { getByName: () => app },
    REGISTRY: { getByName: () => ({ sweepBegins: async () => ({ ok: true, value: {} }) }) },
    EVENTS: { getByName: () => ({ sweepBegins: async () => ({ ok: true, value: {} }) }) },
    ACCOUNT: { getByName: account },
  } as unknown as Env
  const first = keyIds[0]!
  // Nothing is opened here: the ids are enough.
  const keys = new Map(keyIds.map((id) => [id, {} as CryptoKey]))
  vi.spyOn(keyring, 'keyringOf').mockResolvedValue({ first, keys })
  const idle: VaultMetadata = {
    username: 'alice',
    name: 'Alice',
    status: 'ok',
    grants: ['oauth2'],
    generation: 1,
    expiresAt: NOW + 7200,
    dueAt: NOW + 5400,
    keyIds: [first],
  }
  return { env, bodies }
}

/** The lines that are logged from now on, of one event. */
export function logged(event: string): () => Record<string, unknown>[] {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  return () =>
    log.mock.calls
      .map(([line]) => JSON.parse(String(line)) as Record<string, unknown>)
      .filter((line) => line.event === event)
}
