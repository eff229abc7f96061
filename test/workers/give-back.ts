/** At the end of each file of the workers ring, after its own hooks: its emulator may be another file's. */
import { env } from 'cloudflare:workers'
import { afterAll, inject } from 'vitest'
import { giveBack } from '../lent'

afterAll(() => giveBack(inject('lender'), env.X_API_ORIGIN))
