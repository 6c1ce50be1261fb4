/** A file system in memory, mounted by a process of its own, and shells that use it. */

import { spawnSync } from 'node:child_process'
import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TestProcess } from '../mount/process.ts'
import { makeScratch, removeScratch } from '../mount/scratch.ts'
import { becomeUser, type UserIds } from '../mount/shell.ts'
import { until } from '../mount/until.ts'
import type { MemoryFilesystem } from './memory-filesystem.ts'
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

type MemoryUsage = ReturnType<MemoryFilesystem['usage']>

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
  #marks = 0

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

  /** Output of a Python program in the mount; for calls that no ordinary program makes. */
  python(source: string): Promise<string> {
    return this.shell(`python3 - <<'END'\nimport os\n${source}\nEND`)
  }

  /**
   * What the kernel asked for while something was done, as in the debug log: `LOOKUP n1 "a"`. Needs
   * the setting `debug`.
   */
  async requestsOf(action: () => Promise<unknown>): Promise<readonly string[]> {
    const start = await this.#mark()
    await action()
    const end = await this.#mark()
    const log = this.server.stderr().subarray(start, end).toString()
    const requests = [...log.matchAll(/ rx \d+ (.*) {}$/gm)].map(([, request]) => request!)
    return requests.filter((request) => !request.includes('"mark'))
  }

  /** The minor of the kernel's protocol; needs `debug`. */
  protocolMinor(): number {
    return Number(/ INIT .* minor=(\d+)/.exec(this.server.stderr().toString())![1])
  }

  /** What the server's file system has references to, now. */
  async usage(): Promise<MemoryUsage> {
    const said = this.#lines().length
    this.server.signal('SIGHUP')
    return until('the usage', () => {
      const line = this.#lines()[said]
      return line === undefined ? undefined : (JSON.parse(line) as MemoryUsage)
    })
  }

  /** Tells the server to unmount; its exit and what it says is still referenced. */
  async stop() {
    this.server.signal('SIGTERM')
    const { code } = await this.server.wait(10_000)
    const usage = this.#lines().at(-1) ?? 'null'
    return { code, usage: JSON.parse(usage) as unknown, errors: this.server.stderr().toString() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]()
    removeScratch(this.#scratch)
  }

  /** Whole lines that the server has printed. */
  #lines(): readonly string[] {
    return this.server.stdout().toString().split('\n').slice(0, -1)
  }

  /** A place in the log, behind all that has been asked for until now. */
  async #mark(): Promise<number> {
    const name = `mark${this.#marks++}`
    await this.shell(`test ! -e ${name}`)
    const request = `"${name}" {}\n`
    return until('the mark in the log', () => {
      const at = this.server.stderr().indexOf(request)
      return at < 0 ? undefined : at + request.length
    })
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
