import { ErrnoError } from '../support/errno-error.ts'

/**
 * The control or data connection broke, or the server fell silent: what was under way may or may
 * not have happened. EIO for programs if it cannot be settled on another session.
 */
export class ConnectionLost extends ErrnoError {
  constructor(detail: string, options?: { cause?: unknown }) {
    super('EIO', detail, options)
  }
}
