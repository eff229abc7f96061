/** Brings a record of another deployment to where it belongs here. */
import { importMoved } from '../access/move'
import { type Caller, demandScope } from '../caller/caller'
import { importMovedCaller, importMovedEndpoint } from '../caller/move'
import type { BroughtLine } from './bring-line'
import type { MovedLine } from './import-line'

const BY_KIND = {
  account: importMoved,
  caller: importMovedCaller,
  endpoint: importMovedEndpoint,
}

/** Takes a sealed record in, for the admin alone. @throws Failure `scope_missing`, and as the import of its kind does. */
export async function moveIn(env: Env, caller: Caller, line: MovedLine): Promise<BroughtLine> {
  demandScope(caller, 'admin')
  const moved = await BY_KIND[line.kind](env, line, Date.now())
  return line.kind === 'account' ? { id: line.id, moved } : { moved }
}
