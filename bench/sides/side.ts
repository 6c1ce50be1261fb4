/** What is measured: ways to use files behind a server. */

import type { Resources } from '../measure/resources.ts'
import type { Network, Traffic } from '../wan/wan.ts'

/** A directory mounted in some way. */
export interface MountSide {
  readonly kind: 'mount'
  readonly name: string
  /** What is behind it, if not the directory behind all others. */
  readonly servedDirectory?: string
  mount(network: Network): Promise<Mount>
}

export interface Mount extends AsyncDisposable {
  readonly directory: string
  /** What it has cost so far; undefined if that is not ours to know. */
  resources(): Resources | undefined
  traffic(): Promise<Traffic | undefined>
}

/** The served directory itself: what a local disk would give. */
export interface LocalSide {
  readonly kind: 'local'
  readonly name: string
  readonly directory: string
}

/** A bare transfer of one whole file: what cannot be beaten. */
export interface TransferSide {
  readonly kind: 'transfer'
  readonly name: string
  open(network: Network): Promise<Transfer>
}

/** Paths are relative to the served directory; values are seconds. */
export interface Transfer extends AsyncDisposable {
  read(path: string, bytes: number, limitSeconds: number): Promise<number>
  write(path: string, bytes: number, limitSeconds: number): Promise<number>
}

export type Side = MountSide | LocalSide | TransferSide
