/** What the machine lets this process do that is not the same everywhere: found out once. */

import { givesFiles } from './giving.ts'
import { loadLibc, type Libc } from './libc.ts'

export interface Machine {
  readonly libc: Libc
  /** Files can be given to anybody, with any mode. */
  readonly givesFiles: boolean
}

export async function surveyMachine(): Promise<Machine> {
  const [libc, gives] = await Promise.all([loadLibc(), givesFiles()])
  return { libc, givesFiles: gives }
}
