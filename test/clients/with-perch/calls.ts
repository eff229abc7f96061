/** What a program of Node's that uses Perch has of its own: docs/api.md shows it, as the programs beside this file. */
async function perch<T>(path: string, body?: object): Promise<T> {
  const { PERCH, ACCOUNT, KEY } = process.env
  const headers = { authorization: `Bearer ${KEY}` }
  const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers }
  const answer = await fetch(`${PERCH}/v1/accounts/${ACCOUNT}/${path}`, init)
  if (!answer.ok) throw new Error(await answer.text())
  return (await answer.json()) as T
}
const lease = (query = '') => perch<{ access_token: string; generation: number }>(`token${query}`)
const sign = (call: object) => perch<{ authorization: string }>('sign', call)

export { lease, sign }
