/** Asking an object that may be out of reach, wherever it runs. */
import { Failure, type Result, unwrap } from './failure'
import { errorOf } from './log'
import { inTime } from './patience'

/**
 * What an object alone can say or do.
 *
 * @param ms - how long it is waited for, milliseconds
 * @param tell - says in the log that it could not be reached
 * @param silence - what whoever asks is told where it does not answer, a sentence
 * @throws Failure `object_unreachable` when it cannot be reached, or does not answer by then; else what it says.
 */
export async function reach<T>(
  ask: () => Promise<Result<T>>,
  ms: number,
  tell: (error: ReturnType<typeof errorOf>) => void,
  silence: string,
): Promise<T> {
  // What fails before there is a promise counts as well.
  const asking = async (): Promise<Result<T>> => ask()
  const said = await inTime(asking(), ms).catch((error: unknown) => tell(errorOf(error)))
  if (!said) throw new Failure('object_unreachable', silence)
  return unwrap(said.value)
}
