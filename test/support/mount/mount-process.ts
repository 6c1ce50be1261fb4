/**
 * The program under test, mounted in a process of its own: a mount served by the process that uses
 * it would wait for itself.
 */

import { chownSync, mkdtempSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { programCommand } from '../project.ts'
import { logProblems } from './log-problems.ts'
import { detachMount, findMount } from './mount-table.ts'
import { TestProcess } from './process.ts'
import type { ProcessExit } from './process.ts'
import type { BackendName } from './scenario.ts'
import { runProgramAs } from './shell.ts'
import type { UserIds } from './shell.ts'
import type { SignOn } from './test-server.ts'
import { until } from './until.ts'

export interface MountProcessOptions {
  readonly backend: BackendName
  /** Where the mountpoint is made. */
  readonly parent: string
  readonly options?: readonly string[]
  /** Mount as this user (only root can); the parent directory must be theirs. */
  readonly user?: UserIds
}

const startMs = 20_000
const endMs = 20_000

/** Far from every time zone a server under test runs in. */
const timeZone = 'Asia/Kolkata'

export class MountProcess implements AsyncDisposable {
  readonly mountpoint: string
  readonly process: TestProcess

  private constructor(mountpoint: string, child: TestProcess) {
    this.mountpoint = mountpoint
    this.process = child
  }

  /** Resolves when the kernel shows the mount. */
  static async start(signOn: SignOn, settings: MountProcessOptions): Promise<MountProcess> {
    const mountpoint = mkdtempSync(join(settings.parent, 'mnt.'))
    if (settings.user) chownSync(mountpoint, settings.user.uid, settings.user.gid)
    const child = TestProcess.start(
      [
        ...(settings.user ? runProgramAs(settings.user) : []),
        ...programCommand('uftp-mount'),
        '-f',
        `--fuse-backend=${settings.backend}`,
        ...(settings.options ?? []),
        ...signOn.options,
        signOn.target,
        mountpoint,
      ],
      { env: { ...process.env, TZ: timeZone, ...signOn.env } },
    )
    const mount = new MountProcess(mountpoint, child)
    try {
      await until(`${signOn.target} is mounted`, () => mount.#mountedOrEnded(), startMs)
      if (!child.running) throw new Error('uftp-mount ended')
    } catch (error) {
      const output = mount.output()
      await mount[Symbol.asyncDispose]()
      throw new Error(`cannot mount ${signOn.target}\n${output}`, { cause: error })
    }
    return mount
  }

  output(): string {
    return this.process.stdout().toString() + this.process.stderr().toString()
  }

  /** Error and warning lines of its log. */
  problems(): string[] {
    return logProblems(this.output())
  }

  /** Ends the mount as a user would; what is left of it afterwards is a failure. */
  async stop(signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<ProcessExit> {
    this.process.signal(signal)
    const exit = await this.process.wait(endMs)
    if (findMount(this.mountpoint)) throw new Error('the mount outlived its process')
    return exit
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]()
    const left = findMount(this.mountpoint)
    if (left) detachMount(left)
    rmdirSync(this.mountpoint)
  }

  #mountedOrEnded(): true | undefined {
    return findMount(this.mountpoint) || !this.process.running ? true : undefined
  }
}
