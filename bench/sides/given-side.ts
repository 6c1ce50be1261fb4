/**
 * A directory that somebody else mounted, `NAME=DIRECTORY=SERVED`; SERVED is what is behind it, as this
 * machine sees it. All happens in a new directory there. It stays mounted: what it caches stays, too.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Network } from '../wan/wan.ts'
import type { Mount, MountSide } from './side.ts'

export interface GivenMount {
  readonly name: string
  readonly directory: string
  readonly served: string
}

export function parseGivenMount(text: string): GivenMount {
  const [name, directory, served, ...rest] = text.split('=')
  if (!name || !directory || !served || rest.length > 0) {
    throw new Error(`--side ${text}: write NAME=DIRECTORY=SERVED`)
  }
  return { name, directory, served }
}

export class GivenSide implements MountSide, AsyncDisposable {
  readonly kind = 'mount'
  readonly name: string
  readonly servedDirectory: string
  readonly #directory: string

  constructor({ name, directory, served }: GivenMount) {
    this.name = name
    this.servedDirectory = mkdtempSync(join(served, 'uftp-mount-bench.'))
    this.#directory = join(directory, basename(this.servedDirectory))
  }

  async mount({ rttMs }: Network): Promise<Mount> {
    if (rttMs > 0) throw new Error('no proxy leads to it')
    return {
      directory: this.#directory,
      resources: () => undefined,
      traffic: () => Promise.resolve(undefined),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.servedDirectory, { recursive: true, force: true })
  }
}
