/**
 * Waits for `promise`, or rejects with the signal's reason as soon as it fires. The work itself
 * goes on: use it to wait for something that others wait for too.
 */
export async function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (!signal) return promise
  promise.catch(() => {}) // whoever stops waiting leaves nobody to handle a later failure
  signal.throwIfAborted()
  let abort!: () => void
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
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
