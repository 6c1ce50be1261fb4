/**
 * The storages behind the paths, one for each device: whether their calls are quick is one question
 * for all sessions. What is unknown about a path is not asked in this thread: it may lead into a file
 * system that waits for this very process, as a mount of what it serves does. For the names in a
 * directory entry-inspector.ts sees to that.
 */

import type { Clock } from '../../support/clock.ts'
import * as calls from './file-calls.ts'
import type { Libc } from './libc.ts'
import { QuickCalls } from './quick-calls.ts'
import { StatxStruct } from './statx-struct.ts'

// linux/magic.h
/** FUSE_SUPER_MAGIC: a process answers, which may be waiting for us. */
const fuseType = 0x65735546n
/** File systems that only this kernel changes: ext, XFS, btrfs and tmpfs. Others may be shared. */
const localTypes: ReadonlySet<bigint> = new Set([0xef53n, 0x58465342n, 0x9123683en, 0x01021994n])
/** Devices known at a time; there are seldom more than a few. */
const deviceLimit = 256

export class Storages {
  readonly #pinCalls: Libc['pinCalls']
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #byDevice = new Map<bigint, QuickCalls>()
  /** Of what nobody tells the device: never proven. */
  readonly #unknown: QuickCalls
  readonly #struct = new StatxStruct()

  constructor({ pinCalls }: Libc, clock: Pick<Clock, 'monotonicMs'>) {
    this.#pinCalls = pinCalls
    this.#clock = clock
    this.#unknown = new QuickCalls(clock)
  }

  /** Opens by O_PATH; in this thread if the kernel has the way there in memory. */
  async openPin(path: string | Buffer, flags: number): Promise<number> {
    return this.#pinCalls?.open(path, flags) ?? calls.open.inThread(path, flags)
  }

  /** How calls are made on what has been opened. */
  async callsOn(fd: number): Promise<QuickCalls> {
    if (!this.#pinCalls?.statx(fd, this.#struct.bytes)) return this.#unknown
    const quick = this.#callsOnDevice(this.#struct.dev)
    if (quick.doubted) await quick.prove(() => isFit(quick, fd))
    return quick
  }

  #callsOnDevice(device: bigint): QuickCalls {
    const known = this.#byDevice.get(device)
    if (known) return known
    if (this.#byDevice.size >= deviceLimit) this.#byDevice.clear()
    const quick = new QuickCalls(this.#clock)
    this.#byDevice.set(device, quick)
    return quick
  }
}

/** The kernel answers by itself. */
async function isFit(quick: QuickCalls, fd: number): Promise<boolean> {
  try {
    const { type } = await calls.statfs.inThread(`/proc/self/fd/${fd}`)
    quick.isLocal = localTypes.has(type)
    return type !== fuseType
  } catch {
    return false
  }
}
