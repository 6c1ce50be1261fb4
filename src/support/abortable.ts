/**
 * Waits for `promise`, or rejects with the signal's reason as soon as it fires. The work itself
 * goes on: use it to wait for something that others wait for too.
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    // A failure that comes after the abort is handled as well: nobody else may do it.
    promise.then(
      (value) => {
        signal.removeEventListener('abort', abort)
        resolve(value)
      },
      (error: unknown) => {
        signal.removeEventListener('abort', abort)
        reject(error)
      },
    )
  })
}

/**
 * For changes that must be followed to their end: whoever was interrupted stops waiting, the change
 * goes on, and `takeBack` gets the result that nobody receives.
 */
export async function detachable<T>(
  change: Promise<T>,
  signal: AbortSignal | undefined,
  takeBack: (result: T) => unknown = () => {},
): Promise<T> {
  try {
    return await abortable(change, signal)
  } catch (error) {
    if (signal?.aborted) change.then(takeBack).catch(() => {})
    throw error
  }
}
