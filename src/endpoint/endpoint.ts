/** The object `Endpoint`, one for each address that events are delivered to. */
import { DurableObject } from 'cloudflare:workers'

/** The object of one endpoint, named by its id. */
export class Endpoint extends DurableObject<Env> {
  /** The log has events up to this number. */
  async wake(_last: number): Promise<void> {}
}
