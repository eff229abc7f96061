/**
 * Versions of all that is stored: rows, KV values, queue messages. A new version is a new migration at the end of its
 * list, and no migration is ever changed: somewhere a record of each version may still lie.
 */
import { Failure } from '../failure'

/** A record as it was read, before its version is known. */
export type Stored = Readonly<Record<string, unknown>>

/** Turns a record of one version into the next version. Pure; it takes what is there, and expects nothing to be. */
export type Migration = (record: Stored) => Stored

/** The first version that says which one it is; nothing else about the record changed with it. */
export const onlyNumbered: Migration = (record) => record

/**
 * A record in the form that this build knows, without its version. Nothing is written: the new form comes to rest with the
 * next write.
 *
 * @param stored - as it was read; without `v` it is of version 0
 * @param migrations - of this kind of record, in order: the first one leads from version 0 to 1
 * @throws Failure `storage_newer` when a later build wrote it.
 */
export function upToDate<T>(stored: object, migrations: readonly Migration[]): T {
  const { v = 0, ...record } = stored as Stored
  if (isNewer(v, migrations)) throw new Failure('storage_newer')
  return migrations.slice(Number(v)).reduce((each, migrate) => migrate(each), record) as T
}

/** What this brings, unless a record of a later build is in its way: then undefined. */
export function unlessNewer<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof Failure && error.data.code === 'storage_newer') return undefined
    throw error
  }
}

/** Whether a record of this version was written by a later build than this one. */
export const isNewer = (v: unknown, migrations: readonly Migration[]): boolean =>
  typeof v !== 'number' || v > migrations.length

/** A record with its version, to be written. */
export const stamped = <T extends object>(
  record: T,
  migrations: readonly Migration[],
): { v: number } & T => ({ v: migrations.length, ...record })

/** The record with some of its fields under other names; a field that is not there is left out. */
export function renamed(record: Stored, names: Readonly<Record<string, string>>): Stored {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [names[name] ?? name, value]),
  )
}

/** The record with one of its fields, which holds a record itself, changed; without that field it stays as it is. */
export function within(record: Stored, field: string, change: Migration): Stored {
  const inner = record[field]
  return isRecord(inner) ? { ...record, [field]: change(inner) } : record
}

/** Whether a field of a record holds a record itself. */
export const isRecord = (value: unknown): value is Stored =>
  typeof value === 'object' && value !== null
