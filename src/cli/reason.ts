import { errnoText } from '../support/errno.ts'
import { errnoOf } from '../support/errno-error.ts'

/** Why something failed, as a person would say it: without Node's codes and names of system calls. */
export function reasonOf(error: unknown): string {
  const code = errnoOf(error)
  if (code !== undefined) return errnoText(code)
  return error instanceof Error ? error.message : String(error)
}
