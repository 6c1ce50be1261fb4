/**
 * The same operations on a mount and in an ordinary directory on tmpfs, by which right is measured.
 * A third driver works behind the mount, in the directory that the server shows.
 */

import { chmodSync, chownSync, lstatSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { MountProcess } from '../mount/mount-process.ts'
import { isRoot } from '../mount/requirements.ts'
import type { BackendName } from '../mount/scenario.ts'
import type { TestServer } from '../mount/test-server.ts'
import { Driver, differences } from './driver.ts'
import type { DriverOptions, Operation, Result } from './driver.ts'

export interface PairPlace extends DriverOptions {
  readonly server: TestServer
  readonly scratch: string
  readonly backend: BackendName
  /** Options of the mount. */
  readonly options?: readonly string[]
}

export class MountedPair implements AsyncDisposable {
  readonly mount: MountProcess
  readonly mounted: Driver
  readonly local: Driver
  readonly behind: Driver
  readonly served: string
  readonly #expectedLog: RegExp | undefined
  #begun = 0

  private constructor(mount: MountProcess, directories: Directories, place: PairPlace) {
    this.mount = mount
    this.served = directories.served
    this.mounted = new Driver(mount.mountpoint, place)
    this.local = new Driver(directories.local, place)
    const { uid, gid } = lstatSync(directories.served)
    const asOwner = isRoot && uid !== 0 ? { user: { uid, gid } } : {}
    this.behind = new Driver(directories.served, { ...place, ...asOwner })
    this.#expectedLog = place.server.expectedLog
  }

  static async start(place: PairPlace): Promise<MountedPair> {
    const { server, scratch, backend, options, user } = place
    const served = await server.makeDirectory()
    const local = mkdtempSync(join(scratch, 'local.'))
    chmodSync(local, 0o755)
    if (user) chownSync(local, user.uid, user.gid)
    const mount = await MountProcess.start(await server.signOn(served), {
      backend,
      parent: scratch,
      ...(options && { options }),
      ...(user && { user }),
    })
    return new MountedPair(mount, { served, local }, place)
  }

  /** Results of both, and one line for each operation that came out differently. */
  async compare(operations: readonly Operation[]): Promise<Comparison> {
    const [expected, actual] = await Promise.all([
      this.local.perform(operations),
      this.mounted.perform(operations),
    ])
    return { expected, actual, differences: differences(operations, expected, actual) }
  }

  /** Goes to a new directory, all three; nothing is open. Resolves with its name. */
  async begin(): Promise<string> {
    this.#begun += 1
    const name = `run-${this.#begun}`
    // Made on the mount; the one behind it finds it.
    for (const driver of [this.local, this.mounted, this.behind]) {
      const [result] = await driver.perform([['begin', name]])
      if (result !== null) throw new Error(`cannot begin: ${JSON.stringify(result)}`)
    }
    return name
  }

  /** Ends the mount in order; resolves with what its log holds of errors and warnings. */
  async end(): Promise<readonly string[]> {
    for (const driver of [this.mounted, this.local, this.behind]) {
      await driver[Symbol.asyncDispose]()
    }
    const { code } = await this.mount.stop()
    const problems = this.mount.problems().filter((line) => !this.#expectedLog?.test(line))
    return code === 0 ? problems : [`the mount ended with ${code}`, ...problems]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.mount[Symbol.asyncDispose]()
    for (const driver of [this.mounted, this.local, this.behind]) {
      await driver[Symbol.asyncDispose]()
    }
  }
}

interface Directories {
  readonly served: string
  readonly local: string
}

export interface Comparison {
  readonly expected: readonly Result[]
  readonly actual: readonly Result[]
  readonly differences: readonly string[]
}
