/** What a test file has from the lender (see `lender.ts`). */

/** Takes an emulator for this test file alone, as on its first day. @returns its origin */
export async function lend(lender: string): Promise<string> {
  const answer = await fetch(lender, { method: 'POST' })
  if (!answer.ok) throw new Error(`No emulator: ${answer.status}`)
  return answer.text()
}

/** Gives an emulator back, once nothing calls it any more. */
export async function giveBack(lender: string, origin: string): Promise<void> {
  await fetch(lender, { method: 'DELETE', body: origin })
}
