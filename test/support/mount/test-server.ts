/** A server that mounts are tested against. */

import type { ServerName } from './scenario.ts'

/** What `uftp-mount` is given to mount one directory once. */
export interface SignOn {
  readonly target: string
  /** Further options, before the target. */
  readonly options: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export interface TestServer extends AsyncDisposable {
  readonly name: ServerName
  /** How fine it stores times. */
  readonly timeGranularityNs: bigint
  /** Lines of a mount's log that this server causes, though they are warnings. */
  readonly expectedLog?: RegExp
  /** Makes an empty directory behind the server that its account may write to. */
  makeDirectory(): Promise<string>
  /** Fresh credentials for a directory behind the server. */
  signOn(directory: string): Promise<SignOn>
  /** Where a client without Auth server logs in to work in the directory, and its one-time password. */
  openDirectly(directory: string): Promise<{ readonly address: string; readonly password: string }>
  /** What the server logged as an error or warning so far; empty if it cannot be seen. */
  logProblems(): string[]
}
