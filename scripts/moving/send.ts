/** One call of `POST /v1/imports`, read line by line as Perch answers. */

/** A problem, as Perch tells it. */
export interface Problem {
  field?: string
  code: string
  status: number
  title?: string
  detail?: string
  fix?: string
  retry_after?: number
}

/** The answer to one line. */
export interface Answer {
  line: number
  status: 'imported' | 'already' | 'failed'
  id?: string
  oauth1?: string
  oauth2?: string
  problems?: Problem[]
  /** It was not begun, since something holds for all. */
  stopped?: true
}

/** How a call ended: all of it came; it broke off, or Perch did not take it now; or Perch refuses it. */
export type Ending =
  | { kind: 'whole' }
  | { kind: 'broke'; waitSeconds: number; why: string }
  | { kind: 'refused'; problem: Problem }

/** The address and the key of a deployment. */
export interface Deployment {
  origin: string
  key: string
}

const TYPE = 'application/x-ndjson'

/** Sends lines, and hands each answer on as it comes. Never rejects. */
export async function send(
  { origin, key }: Deployment,
  lines: readonly string[],
  hear: (answer: Answer) => void,
): Promise<Ending> {
  try {
    const response = await fetch(`${origin}/v1/imports`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': TYPE },
      body: `${lines.join('\n')}\n`,
      redirect: 'manual',
    })
    if (response.status !== 200) return refusal(response)
    let heard = 0
    for await (const text of linesOf(response)) {
      hear(JSON.parse(text) as Answer)
      heard += 1
    }
    return heard === lines.length
      ? { kind: 'whole' }
      : { kind: 'broke', waitSeconds: 1, why: 'The answer broke off.' }
  } catch {
    return { kind: 'broke', waitSeconds: 1, why: `${origin} cannot be reached.` }
  }
}

/** The refusal of a whole call: a passing one is a broken call, for later. */
export async function refusal(response: Response): Promise<Ending> {
  const { status } = response
  const text = await response.text().catch(() => '')
  const problem = { code: `http_${status}`, status, ...problemIn(text) }
  const isPassing = status === 429 || status >= 500
  if (!isPassing || problem.code === 'config_incomplete') return { kind: 'refused', problem }
  const header = Number(response.headers.get('retry-after'))
  const waitSeconds = problem.retry_after ?? (header > 0 ? header : 5)
  return { kind: 'broke', waitSeconds, why: problem.title ?? `Perch answered ${status}.` }
}

function problemIn(text: string): Partial<Problem> {
  try {
    return JSON.parse(text) as Problem
  } catch {
    return {}
  }
}

/** The lines of an answer, each as soon as it is whole. */
export async function* linesOf(response: Response): AsyncGenerator<string> {
  let rest = ''
  for await (const part of (response.body ?? new ReadableStream()).pipeThrough(
    new TextDecoderStream(),
  )) {
    const [...lines] = (rest + part).split('\n')
    rest = lines.pop() ?? ''
    yield* lines.filter((line) => line !== '')
  }
}
