import type { AccessLevel } from './access-rules.ts'
import type { Session } from './session.ts'

/** One row of the command table. */
export interface Command {
  /** The permission that the session must have. */
  readonly level: AccessLevel
  /** Refused with 501 when the argument is empty. */
  readonly needsArgument?: true
  /** Reply code for errors that carry an errno; 550 when absent. */
  readonly errorCode?: number
  /**
   * `argument` is everything after the first space, unchanged: names may begin and end with
   * spaces. Resolves with the reply, or undefined when it has been sent already.
   */
  readonly run: (session: Session, argument: string) => Promise<string | undefined>
}

export type CommandTable = Readonly<Record<string, Command>>
