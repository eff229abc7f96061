/** Waits for a call that ends in a callback. @returns what the callback was given behind its error */
export function called<T extends unknown[]>(
  call: (done: (error: unknown, ...rest: unknown[]) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) =>
    call((error, ...rest) =>
      error ? reject(new Error(JSON.stringify(error))) : resolve(rest as unknown as T),
    ),
  )
}
