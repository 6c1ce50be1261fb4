import { errnoNumber, errnoText, isErrnoName, type ErrnoName } from './errno.ts'

/**
 * The one error class for failures that a program on the mount may see. Inside the code errors are
 * only thrown; they become numbers, reply lines or exit codes at the edges.
 *
 * `detail` says what was being done to what: `lookup "a" in /data`.
 */
export class ErrnoError extends Error {
  override readonly name = 'ErrnoError'
  readonly code: ErrnoName

  constructor(code: ErrnoName, detail: string, options?: { cause?: unknown }) {
    super(`${detail}: ${errnoText(code)}`, options)
    this.code = code
  }

  /** The positive Linux errno number. */
  get errno(): number {
    return errnoNumber(this.code)
  }
}

/** The errno name that an error carries (ErrnoError or Node's system errors), or undefined. */
export function errnoOf(error: unknown): ErrnoName | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return isErrnoName(error.code) ? error.code : undefined
}

export function isErrno(error: unknown, ...codes: readonly ErrnoName[]): boolean {
  const code = errnoOf(error)
  return code !== undefined && codes.includes(code)
}
