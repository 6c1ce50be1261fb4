import { isErrno } from '../../support/errno-error.ts'

/**
 * A command is refused with this reply code and sentence: what FTP says about order, syntax and
 * permission, for which no errno exists. What the file system refuses stays its own error with its
 * errno (error-reply.ts makes the reply from either).
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** The text of stock for what is not there; its clients take it for ENOENT. */
const missingText = 'Directory/file does not exist or cannot be accessed!'

/** What is missing is told in stock's words with this code, everything else by its errno. */
export async function refuseMissing<T>(code: number, looking: Promise<T>): Promise<T> {
  try {
    return await looking
  } catch (error) {
    if (isErrno(error, 'ENOENT')) throw new Refusal(code, missingText)
    throw error
  }
}
