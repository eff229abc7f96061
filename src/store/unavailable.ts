import { Failure } from '../failure'

/** What a read or a write that KV refused is answered with. @throws Failure `storage_unavailable` */
export function unavailable(): never {
  throw new Failure('storage_unavailable')
}
