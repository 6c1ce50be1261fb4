import { errnoText, isErrnoName, type ErrnoName } from '../../support/errno.ts'
import { systemErrorName } from './error-reply.ts'

/**
 * A failure of the storage, told with the paths that the client knows: those inside Node's errors
 * are the `/proc/self/fd/…` ones of the jail.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly code: string
  readonly path: string
  readonly dest: string | undefined

  constructor(code: string, path: string, options?: { dest?: string; cause?: unknown }) {
    const text = isErrnoName(code) ? errnoText(code) : code
    super(`${text}: ${path}`, { cause: options?.cause })
    this.code = code
    this.path = path
    this.dest = options?.dest
  }

  static of(code: ErrnoName, path: string): StorageError {
    return new StorageError(code, path)
  }
}

/** Runs one operation of the file system; its errors come out speaking of `path` (and `dest`). */
export async function speakingOf<T>(
  path: string,
  operation: () => Promise<T>,
  dest?: string,
): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    const code = error instanceof StorageError ? undefined : systemErrorName(error)
    if (code === undefined) throw error
    throw new StorageError(code, path, { cause: error, ...(dest === undefined ? {} : { dest }) })
  }
}
