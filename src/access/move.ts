/** Accounts that leave for another deployment, or come from one: their records, sealed as one. */
import { grantsHeld, openTokens } from '../account/grant'
import { accountAt } from '../account/stub'
import { secondsOf } from '../clock'
import { type Keyring, keyringOf } from '../crypto/keyring'
import { configOf, need } from '../env'
import { Failure, type FailureData, failed, failedWith, unwrap } from '../failure'
import { EXPORT_CONCURRENCY, EXPORT_PAGE } from '../limits'
import { inOrder } from '../order'
import { type Exported, exportedRecord, openedRecord } from '../store/exported'
import { GRANT_KINDS, listAccounts, rememberAccount, type VaultAccount } from '../store/vault'
import { unknownCursor } from './list'

/** A record that could not be exported, and why. */
export interface NotExported {
  kind: Exported['kind']
  id: string
  failure: FailureData
}

/**
 * A page of the accounts, as their objects have them. One that was deleted is left out.
 *
 * @param cursor - of the page before; undefined: the first page
 * @throws Failure `storage_unavailable`, `config_incomplete`, `request_malformed` for a cursor that no page gave.
 */
export async function exportPage(
  env: Env,
  cursor: string | undefined,
): Promise<{ records: (Exported | NotExported)[]; cursor: string | undefined }> {
  const config = configOf(env)
  need(config, 'SEALING_KEYS')
  const keyring = await keyringOf(config.sealingKeys)
  const page = await listAccounts(env.VAULT, cursor, EXPORT_PAGE).catch(() => {
    throw cursor === undefined ? new Failure('storage_unavailable') : unknownCursor()
  })
  const ids = [...page.accounts.map(({ id }) => id), ...page.newer]
  const records: (Exported | NotExported)[] = []
  for await (const record of inOrder(ids, EXPORT_CONCURRENCY, (id) =>
    exportedAccount(env, keyring, id),
  ))
    if (record) records.push(record)
  return { records, cursor: page.cursor }
}

async function exportedAccount(
  env: Env,
  keyring: Keyring,
  id: string,
): Promise<Exported | NotExported | undefined> {
  try {
    const account = await accountAt(env, id).read()
    return account && (await exportedRecord(keyring, 'account', account))
  } catch (error) {
    const { failure } = failedWith(error)
    const told = failure.code === 'internal' ? failed('object_unreachable').failure : failure
    return { kind: 'account', id, failure: told }
  }
}

/**
 * Takes in an account from another deployment, in doubt: what was under way there is not known here.
 *
 * @param nowMs - Unix milliseconds
 * @throws Failure `sealed_unreadable` where a sealing key is missing, or the record was altered; `storage_newer`,
 *   `config_incomplete`, `account_connected`, `account_disconnected`, `import_superseded`.
 */
export async function importMoved(
  env: Env,
  exported: Pick<Exported, 'id' | 'sealed'>,
  nowMs: number,
): Promise<'imported' | 'already'> {
  const config = configOf(env)
  need(config, 'SEALING_KEYS')
  const keyring = await keyringOf(config.sealingKeys)
  const account = await openedRecord(keyring, 'account', exported)
  await demandOpen(keyring, account)
  const { how, account: after } = unwrap(await accountAt(env, account.id).moveIn(account))
  rememberAccount(after, secondsOf(nowMs))
  return how
}

/** Sees to it that each of the tokens opens here: one that does not would be of no use. @throws Failure `sealed_unreadable` */
async function demandOpen(keyring: Keyring, account: VaultAccount): Promise<void> {
  for (const kind of GRANT_KINDS)
    for (const grant of grantsHeld(account, kind))
      await openTokens(keyring, account.id, kind, grant)
}
