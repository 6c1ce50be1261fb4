/** A file system in memory, mounted by a process of its own, and shells that use it. */

import { spawnSync } from 'node:child_process'
import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TestProcess } from '../mount/process.ts'
import { makeScratch, removeScratch } from '../mount/scratch.ts'
import { becomeUser, type UserIds } from '../mount/shell.ts'
import { until } from '../mount/until.ts'
import type { ServeSettings } from './serve-memory.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const program = join(root, 'dist/test-programs/test/support/fuse/serve-memory.js')

/** `nobody`: fusermount3 wants a user that has a name. */
export const someUser: UserIds = { uid: 65534, gid: 65534 }

/** Compiles the program; before the first mount. */
export function buildServer(): void {
  const tsc = join(root, 'node_modules/.bin/tsc')
  const result = spawnSync(tsc, ['-p', join(root, 'test/support/fuse')], { encoding: 'utf8' })
  // As in global-build.ts: type errors are another check's business.
  if (result.status !== 0 && result.status !== 2) throw new Error(result.stdout + result.stderr)
}

export interface MemoryMountOptions {
  /** Where; default an own new directory. */
  readonly mountpoint?: string
  /** Who mounts and uses it; root can be anybody. */
  readonly user?: UserIds | undefined
  /** Shell commands run before, as root, in the mount namespace of the server. */
  readonly prepare?: string
  readonly settings?: ServeSettings
}

export class MemoryMount implements AsyncDisposable {
  readonly mountpoint: string
  readonly server: TestProcess
  readonly #scratch: string
  readonly #user: UserIds | undefined

  private constructor(options: MemoryMountOptions) {
    this.#user = options.user
    this.#scratch = makeScratch()
    const own = join(this.#scratch, 'mount')
    mkdirSync(own)
    if (options.user) chownSync(own, options.user.uid, options.user.gid)
    this.mountpoint = options.mountpoint ?? own
    const serve = [
      process.execPath,
      program,
      this.mountpoint,
      JSON.stringify(options.settings ?? {}),
    ]
    this.server = TestProcess.start(
      options.prepare === undefined && !options.user ? serve : this.#inNamespace(serve, options),
    )
  }

  /** Starts the server; it may yet fail. */
  static launch(options: MemoryMountOptions = {}): MemoryMount {
    return new MemoryMount(options)
  }

  /** Starts the server and waits for the mount. */
  static async start(options: MemoryMountOptions = {}): Promise<MemoryMount> {
    const mount = new MemoryMount(options)
    await until('the mount is ready', () => {
      if (!mount.server.running) throw new Error(mount.server.stderr().toString())
      return mount.server.stdout().includes('ready')
    })
    return mount
  }

  /** Starts a command line in the mount, as its user. */
  run(script: string): TestProcess {
    const enter = this.#user
      ? ['nsenter', '-t', String(this.server.pid), '-m', '--', ...becomeUser(this.#user), '--']
      : []
    const strict = `set -eu; cd -- "$0"; ${script}`
    const env = { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TZ: 'UTC' }
    return TestProcess.start([...enter, 'bash', '-c', strict, this.mountpoint], { env })
  }

  /** Output of a command line that must succeed. */
  async shell(script: string): Promise<string> {
    await using child = this.run(script)
    const { code } = await child.wait(30_000)
    if (code !== 0) throw new Error(`${script}: exit ${code}: ${child.stderr().toString()}`)
    return child.stdout().toString()
  }

  /** Tells the server to unmount; its exit and what it says is still referenced. */
  async stop() {
    this.server.signal('SIGTERM')
    const { code } = await this.server.wait(10_000)
    const [, usage = 'null'] = this.server.stdout().toString().split('\n')
    return { code, usage: JSON.parse(usage) as unknown, errors: this.server.stderr().toString() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]()
    removeScratch(this.#scratch)
  }

  /**
   * Distributions let everybody open /dev/fuse, bare machines may not: the server gets a device of
   * its own that it can open, in a mount namespace of its own.
   */
  #inNamespace(serve: readonly string[], { prepare, user }: MemoryMountOptions): string[] {
    const device = join(this.#scratch, 'fuse')
    const open = `mknod -m 666 ${device} c 10 229 && mount --bind ${device} /dev/fuse`
    const script = `${prepare ?? open} && exec "$@"`
    return ['unshare', '-m', 'sh', '-c', script, 'sh', ...(user ? becomeUser(user) : []), ...serve]
  }
}
