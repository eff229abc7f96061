/** An X user, as far as OAuth needs one. */
export interface User {
  /** X user id: a decimal string. */
  id: string
  username: string
  name: string
}

/** The form of an X username. Whatever else stands where one is expected is none: it may look like somebody else’s. */
export const USERNAME = /^\w{1,50}$/

/** The form of an X user id. */
export const USER_ID = /^[1-9][0-9]{0,19}$/
