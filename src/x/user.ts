/** An X user: who it is, and what else X tells of it where it is asked who logged in. */
export interface User {
  /** X user id: a decimal string. */
  id: string
  username: string
  /** Empty where X was not asked for it. A user without a name is named by the username. */
  name: string
  /** Where X has the user's picture; absent where X did not say. */
  picture?: string
  /** Whether X shows a badge beside the name; absent where X did not say. */
  verified?: boolean
  /** The confirmed e-mail address; null where X was asked and gave none, absent where it was not asked. */
  email?: string | null
}

/** The form of an X username. Whatever else stands where one is expected is none: it may look like somebody else’s. */
export const USERNAME = /^\w{1,50}$/

/** The form of an X user id. */
export const USER_ID = /^[1-9][0-9]{0,19}$/
