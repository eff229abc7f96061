/**
 * What each journey costs in I/O. Tests in test/workers (budgets, scale) hold the code to these counts, and costs.ts
 * makes money of them, so a change of either shows in the other.
 */
export const COUNTS = {
  loginBegins: { 'PENDING.put': 1 },
  /** The call to the log of events is made behind the answer, by the account's object. */
  loginCompletes: { Login: 1, X: 2, Account: 1, 'VAULT.put': 1, Events: 1 },
  /** A user token of OAuth 1.0a that a line of an import brings: is one held, and take this one. */
  userToken: { Account: 2, 'VAULT.put': 1, Events: 1 },
  /** Beside the record: a row of the outbox, written and deleted; in the log the event, and its id in an index. */
  eventRows: { account: 2, log: 2 },
  /** What became of it, and the cursor. */
  deliveryRows: 2,
  /** An endpoint that is woken sets its alarm, sets it for the end of its run, and deletes it or sets it anew. */
  wakeRows: 6,
  /** Caller and account, by an isolate that knows neither. */
  lease: { 'VAULT.get': 2 },
  /** More, when KV's copy does not do. */
  leaseByObject: { Account: 1 },
  /** A use that the edge tells an account's object of, behind its answer; the object writes a row, and nothing to KV. */
  use: { Account: 1 },
  useRows: 1,
  /** Asked for by a lease; the sweep's is permitted with its batch. The Account call brings X's answer back. */
  refresh: { X: 1, App: 1, Account: 1, 'VAULT.put': 1 },
  /** Journal, alarm set, commit, alarm deleted. */
  refreshRows: 4,
  /**
   * The app's object before it lists and after; the callers' object for what their copies are sealed with. Where a second
   * sealing key is set, the log of events as well.
   */
  sweep: { App: 2, Registry: 1 },
  sweepRows: 1,
  /** The app's object counts a batch, or a refresh that a lease asks for. */
  admitRows: 1,
  /** A batch of due accounts; each of them is a call of its object. */
  message: { App: 1 },
} as const
