declare module 'node-twitter-api' {
  type Done = (error: unknown, ...rest: unknown[]) => void
  /** What is called of it; it brings no types. */
  export default class TwitterApi {
    constructor(options: { consumerKey: string; consumerSecret: string; callback: string })
    getRequestToken(done: Done): void
    getAuthUrl(token: string): string
    getAccessToken(token: string, secret: string, verifier: string, done: Done): void
    verifyCredentials(token: string, secret: string, params: object, done: Done): void
    statuses(type: string, params: object, token: string, secret: string, done: Done): void
  }
}
