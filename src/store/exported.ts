/**
 * Records on their way from one deployment to another that has the same sealing keys: all of a record in one envelope, which
 * shows nothing, opens nowhere else, and cannot have been altered.
 */
import type { Keyring } from '../crypto/keyring'
import type { Sealed } from '../crypto/seal'
import { openJson, sealJson } from '../crypto/sealed-json'
import type { CallerRecord } from './callers'
import { ENDPOINT_ROW, type EndpointRecord } from './endpoints'
import { ACCOUNT_COPY, CALLER } from './migrations'
import type { VaultAccount } from './vault'
import { type Migration, stamped, upToDate } from './version'

/** What is exported, by kind. */
interface Exportable {
  account: VaultAccount
  caller: CallerRecord
  endpoint: EndpointRecord
}

/** A kind of record that is exported. */
export type ExportKind = keyof Exportable
/** The kinds of records that are exported, in their order: an endpoint comes after the caller that it belongs to. */
export const EXPORT_KINDS = [
  'account',
  'caller',
  'endpoint',
] as const satisfies readonly ExportKind[]

/** A record as it travels. */
export interface Exported {
  kind: ExportKind
  id: string
  sealed: Sealed
}

const VERSIONS: Readonly<Record<ExportKind, readonly Migration[]>> = {
  account: ACCOUNT_COPY,
  caller: CALLER,
  endpoint: ENDPOINT_ROW,
}

/** No place of KV or of an object: what is taken from a dump is of no use there. */
const placeOf = (kind: ExportKind, id: string): string => `EXPORT/${kind}/${id}`

/** A record in its envelope. Its tokens stay sealed in it for the places where they rest. */
export async function exportedRecord<K extends ExportKind>(
  keyring: Keyring,
  kind: K,
  record: Exportable[K],
): Promise<Exported> {
  const { id } = record
  const sealed = await sealJson(keyring, stamped(record, VERSIONS[kind]), placeOf(kind, id))
  return { kind, id, sealed }
}

/**
 * The record in an envelope, in the form of this build.
 *
 * @throws Failure `sealed_unreadable`, `storage_newer`
 */
export async function openedRecord<K extends ExportKind>(
  keyring: Keyring,
  kind: K,
  { id, sealed }: Pick<Exported, 'id' | 'sealed'>,
): Promise<Exportable[K]> {
  const record = await openJson<object>(keyring, sealed, placeOf(kind, id))
  return upToDate<Exportable[K]>(record, VERSIONS[kind])
}
