/** A program that mounts a directory and stays in the foreground until it is told to end. */

import { mkdtempSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { TestProcess } from '../../test/support/mount/process.ts'
import { detachMount, findMount } from '../../test/support/mount/mount-table.ts'
import { until } from '../../test/support/mount/until.ts'
import { readResources } from '../measure/resources.ts'
import type { Resources } from '../measure/resources.ts'
import type { Route, Traffic } from '../wan/wan.ts'
import type { Mount } from './side.ts'

export interface MountProgramSettings {
  /** The command line for that mountpoint. */
  readonly command: (mountpoint: string) => readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Where the mountpoint is made. */
  readonly scratch: string
  /** Closed with the mount. */
  readonly route: Route
}

const startMs = 30_000

/** Set in the environment of all that belongs to a mount. */
const marker = 'UFTP_BENCH_MOUNT'

export class MountProgram implements Mount {
  readonly directory: string
  readonly #process: TestProcess
  readonly #route: Route

  private constructor(directory: string, child: TestProcess, route: Route) {
    this.directory = directory
    this.#process = child
    this.#route = route
  }

  static async start(settings: MountProgramSettings): Promise<MountProgram> {
    const directory = mkdtempSync(join(settings.scratch, 'mnt.'))
    const command = settings.command(directory)
    const env = { ...process.env, ...settings.env, [marker]: directory }
    const child = TestProcess.start(command, { env })
    const mount = new MountProgram(directory, child, settings.route)
    try {
      const isMountedOrEnded = () => findMount(directory) !== undefined || !child.running
      await until(`${command[0]} has mounted`, () => isMountedOrEnded() || undefined, startMs)
      if (!child.running) throw new Error(`${command[0]} ended`)
    } catch (error) {
      const output = child.stderr().toString().trim().split('\n').at(-1) ?? ''
      await mount[Symbol.asyncDispose]()
      throw new Error(`cannot mount: ${output}`, { cause: error })
    }
    return mount
  }

  resources(): Resources {
    return readResources(`${marker}=${this.directory}`)
  }

  traffic(): Promise<Traffic | undefined> {
    return this.#route.traffic()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]()
    const left = findMount(this.directory)
    if (left) detachMount(left)
    rmdirSync(this.directory)
    await this.#route[Symbol.asyncDispose]()
  }
}
