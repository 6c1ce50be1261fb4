/** A Vfs over a MemoryRemote with short-hands, and a clock that moves only when told. */

import type { Clock } from '../../../src/support/clock.ts'
import { silentLogger } from '../../../src/support/logger.ts'
import { rootNodeid, type Entry, type OpenFlags } from '../../../src/vfs/filesystem.ts'
import { defaultVfsOptions, type VfsOptions } from '../../../src/vfs/vfs-options.ts'
import { Vfs } from '../../../src/vfs/vfs.ts'
import { MemoryRemote } from './memory-remote.ts'

export const caller = { uid: 1000, gid: 1000, pid: 1 }

export const readWrite: OpenFlags = {
  access: 'read-write',
  append: false,
  truncate: false,
  exclusive: false,
}

export class TestClock implements Clock {
  nowMs = 1000
  monotonicMs(): number {
    return this.nowMs
  }
  epochNs(): bigint {
    return BigInt(this.nowMs) * 1_000_000n
  }
}

export class VfsSession {
  readonly remote: MemoryRemote
  readonly vfs: Vfs
  readonly clock: TestClock

  static async create(
    options: Partial<VfsOptions> = {},
    remote = MemoryRemote.plain(),
  ): Promise<VfsSession> {
    const clock = new TestClock()
    const vfs = await Vfs.create({
      remote,
      options: { ...defaultVfsOptions, uid: 1000, gid: 1000, ...options },
      clock,
      log: silentLogger,
    })
    return new VfsSession(remote, vfs, clock)
  }

  private constructor(remote: MemoryRemote, vfs: Vfs, clock: TestClock) {
    this.remote = remote
    this.vfs = vfs
    this.clock = clock
  }

  /** Everything that is believed has expired. */
  expireCaches(): void {
    this.clock.nowMs += 60_000
  }

  async lookup(name: string, parent = rootNodeid): Promise<Entry | undefined> {
    const entry = await this.vfs.lookup(parent, name, caller)
    return entry.nodeid === 0 ? undefined : (entry as Entry)
  }

  async existing(name: string, parent = rootNodeid): Promise<Entry> {
    const entry = await this.lookup(name, parent)
    if (!entry) throw new Error(`${name} does not exist`)
    return entry
  }

  async open(name: string, flags: Partial<OpenFlags> = {}): Promise<number> {
    const entry = await this.existing(name)
    const file = await this.vfs.open(entry.nodeid, { ...readWrite, ...flags }, caller)
    return file.fh
  }

  async create(name: string, flags: Partial<OpenFlags> = {}): Promise<number> {
    const all = { ...readWrite, ...flags }
    const { file } = await this.vfs.create(rootNodeid, name, 0o644, all, caller)
    return file.fh
  }

  async read(fh: number, offset: number, size: number): Promise<string> {
    return Buffer.concat(await this.vfs.read(fh, offset, size, caller)).toString('latin1')
  }

  async write(fh: number, offset: number, text: string): Promise<void> {
    await this.vfs.write(fh, offset, Buffer.from(text, 'latin1'), caller)
  }

  async flush(fh: number): Promise<void> {
    await this.vfs.flush(fh, caller)
  }

  async close(fh: number): Promise<void> {
    await this.vfs.flush(fh, caller)
    await this.vfs.release(fh)
  }

  async names(nodeid = rootNodeid): Promise<string[]> {
    const { fh } = await this.vfs.openDirectory(nodeid)
    const entries = [...(await this.vfs.readDirectory(fh, 0, caller))]
    await this.vfs.releaseDirectory(fh)
    return entries.map((entry) => entry.name)
  }
}
