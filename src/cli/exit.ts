/** Exit codes of all our commands; documented in the README. */
export const exitCodes = {
  ok: 0,
  usage: 1,
  system: 2,
  signOn: 3,
  network: 4,
  remotePath: 5,
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Ends the program with one line on stderr: what is wrong and what to do. */
export class ExitError extends Error {
  override readonly name = 'ExitError'
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.exitCode = exitCode
  }
}

export function usageError(message: string): ExitError {
  return new ExitError(exitCodes.usage, message)
}
