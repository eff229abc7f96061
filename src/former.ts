/**
 * Objects that still run the former build, or were asked by a Worker that does: after a deploy Cloudflare lets a running
 * object go on with its code for up to five minutes. A method keeps its former name for one release, and whoever calls
 * it by the new one falls back.
 */

/**
 * Calls a method of an object by its name of now, and by its former one where the object does not have it yet. Rejects
 * as the call does.
 */
export async function orFormer<T>(now: () => Promise<T>, former: () => Promise<T>): Promise<T> {
  try {
    return await now()
  } catch (error) {
    if (error instanceof TypeError && UNKNOWN_METHOD.test(error.message)) return former()
    throw error
  }
}

/** What the runtime says when a method is called that the object's class does not have. */
const UNKNOWN_METHOD = /does not implement the method/
