/** A sentence of docs/SEMANTICS.md that a machine can check. */

import type { ServerName } from '../support/mount/scenario.ts'
import { noTimeouts } from '../model/check-model.ts'
import type { Driver, Operation, Result } from '../support/posix/driver.ts'

export interface ExamplePlace {
  /** Two mounts of one directory of a server. */
  readonly one: Driver
  readonly two: Driver
  /** That directory. */
  readonly behind: Driver
}

export interface Example {
  /** As in the document. */
  readonly name: string
  readonly run: (place: ExamplePlace) => Promise<void>
  readonly options?: readonly string[]
  /** The server may give files to others. */
  readonly privileged?: boolean
  readonly needsRoot?: boolean
  readonly servers?: readonly ServerName[]
  /** What the mounts log then, and rightly. */
  readonly expectedLog?: RegExp
}

/** Nothing is believed without asking. */
export const asking = ['-o', noTimeouts]

/** The result of one operation. */
export async function once(driver: Driver, ...operation: Operation): Promise<Result> {
  const [result] = await driver.perform([operation])
  return result
}

export const failed = (error: string): Result => ({ error })
