/** A piece of work whose speed is measured. */

import type { Content } from '../measure/content.ts'
import type { ProgramSettings } from '../measure/program.ts'
import type { Mount, Transfer } from '../sides/side.ts'
import type { Network } from '../wan/wan.ts'

export type Unit = 'MB/s' | '1/s' | 's' | 'ms' | 'ms a file'

export interface Workload {
  /** For the command line. */
  readonly name: string
  /** For people; the sizes at this distance are in it. */
  readonly title: (scale: Scale) => string
  readonly unit: Unit
  /** Measured once, and not at every distance; left out of quick runs unless asked for by name. */
  readonly isLong?: boolean
  /** Makes what is needed in the served directory, unless it is there. */
  readonly prepare?: (served: Served, scale: Scale) => Promise<void> | void
  /** Takes away what is too large to stay. */
  readonly remove?: (served: Served) => void
  /** On a fresh mount with cold caches. */
  readonly measure: (mount: Pick<Mount, 'traffic'>, job: Job) => Promise<Measured>
  /** It is compared with what an ordinary directory gives. */
  readonly alsoLocal?: boolean
  /** The same by a bare transfer, where there is such a thing. */
  readonly transfer?: (transfer: Transfer, job: Job) => Promise<Measured>
}

export interface Scale {
  readonly network: Network
  readonly quick: boolean
}

/** The directory behind all servers, as this machine sees it. */
export interface Served {
  readonly directory: string
  readonly content: Content
  /** For what programs need besides. */
  readonly scratch: string
  /** Gives a file or tree to the account that the servers' sessions run as. */
  give(path: string): Promise<void>
}

export interface Job extends Scale {
  readonly served: Served
  /** How programs are run: in which directory, how long. */
  readonly program: ProgramSettings
}

export interface Measured {
  readonly value: number
  readonly isLate?: boolean
  /** Bytes that the program asked for, to be compared with those on the wire. */
  readonly asked?: number
  /** Bytes on the wire, if those of the whole measurement would say nothing. */
  readonly wireBytes?: number | undefined
}

/** Figures of slow sides come from a part of the work: what is done after so many seconds. */
export function mostSeconds({ quick }: Scale): number {
  return quick ? 2 : 3
}

export function isBetterWhenHigher(unit: Unit): boolean {
  return unit === 'MB/s' || unit === '1/s'
}
