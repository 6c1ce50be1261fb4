/** The POSIX side of the local file system, inside a jail. */

import { constants, fsync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { isErrno } from '../../support/errno-error.ts'
import type { ConfinedPaths } from './confined-paths.ts'
import { Descriptor } from './descriptor.ts'
import * as calls from './file-calls.ts'
import { fsPath, type Entry, type Pin } from './jail.ts'
import { nameMax, renameExchange, renameNoreplace, type Libc } from './libc.ts'
import { setOwner } from './local-changes.ts'
import { createNode, giveSymlink } from './local-creation.ts'
import { assertApart, copyRange } from './local-copy.ts'
import { regularFile, truncateTo } from './local-file.ts'
import type { Machine } from './machine.ts'
import type {
  CopiedRange,
  NodeKind,
  Owner,
  PlaceStatistics,
  PosixStorage,
} from './posix-storage.ts'
import { speakingOf, StorageError } from './storage-error.ts'

/** Waits for the disk by its nature. */
const sync = promisify(fsync)

const { O_RDONLY, O_WRONLY } = constants

/** NAME_MAX of Linux. */
const usualNameLength = 255

export class LocalPosixStorage implements PosixStorage {
  readonly identity: Owner = { uid: process.geteuid!(), gid: process.getegid!() }
  readonly givesFiles: boolean
  readonly #paths: ConfinedPaths
  readonly #libc: Libc

  constructor(paths: ConfinedPaths, machine: Machine) {
    this.#paths = paths
    this.#libc = machine.libc
    this.givesFiles = machine.givesFiles
  }

  get makesNodes(): boolean {
    return this.#libc.mknod !== undefined
  }

  get renamesSpecially(): boolean {
    return this.#libc.renameat2 !== undefined
  }

  async create(path: string, kind: NodeKind, mode: number, owner?: Owner): Promise<void> {
    await this.#paths.named(path, (entry) => createNode(this.#libc, entry, { kind, mode, owner }))
  }

  async symlink(target: string, path: string, owner?: Owner): Promise<void> {
    await this.#paths.named(path, async (entry) => {
      // The target is only text: following it is judged when somebody does.
      await entry.parent.calls.make(calls.symlink, fsPath(target), entry.path)
      if (owner) await giveSymlink(entry, owner)
    })
  }

  async link(existing: string, path: string): Promise<void> {
    await this.#paths.renamed(existing, path, (source, target) =>
      target.parent.calls.make(calls.link, source.path, target.path),
    )
  }

  async renameExclusively(from: string, to: string): Promise<void> {
    await this.#paths.renamed(from, to, (source, target) =>
      this.#rename(source, target, renameNoreplace),
    )
  }

  async exchange(from: string, to: string): Promise<void> {
    await this.#paths.renamed(from, to, (source, target) => {
      this.#paths.judgeMoving(target.realPath)
      return this.#rename(source, target, renameExchange)
    })
  }

  async setOwner(path: string, owner: Partial<Owner>): Promise<void> {
    await this.#paths.itself(path, (pin) => setOwner(pin, owner))
  }

  async truncate(path: string, size: number): Promise<void> {
    await this.#paths.followed(path, async (pin) => {
      const stats = await regularFile(pin, path)
      await using file = await Descriptor.ofContent(pin.calls, pin.path, O_WRONLY)
      await truncateTo(file, Number(stats.size), size)
    })
  }

  async sync(path: string): Promise<void> {
    await this.#paths.followed(path, async (pin) => {
      await using file = await openToSync(pin, path)
      await sync(file.fd)
    })
  }

  async copy(
    from: string,
    range: CopiedRange,
    to: string,
    offset: number,
    alive: () => Promise<void>,
  ): Promise<number> {
    await using source = await this.#paths.followed(from, (pin) => openRegular(pin, from, O_RDONLY))
    await using target = await this.#paths.followed(to, (pin) => openRegular(pin, to, O_WRONLY))
    await assertApart(source, range, target, offset, from)
    return await speakingOf(to, () => copyRange(source, range, target, offset, alive))
  }

  async statistics(path: string): Promise<PlaceStatistics> {
    return this.#paths.toLookAt(path, async (pin) => {
      const stats = await pin.calls.make(calls.statfs, pin.path)
      const nameLength = await this.#libc.pathconf?.(pin.path, nameMax)
      return {
        blockSize: stats.bsize,
        blocks: stats.blocks,
        freeBlocks: stats.bfree,
        availableBlocks: stats.bavail,
        files: stats.files,
        freeFiles: stats.ffree,
        nameLength: nameLength ?? usualNameLength,
      }
    })
  }

  async #rename(from: Entry, to: Entry, flags: number): Promise<void> {
    if (!this.#libc.renameat2) throw StorageError.of('EOPNOTSUPP', 'renameat2')
    await to.parent.calls.make(this.#libc.renameat2, from.path, to.path, flags)
  }
}

async function openRegular(pin: Pin, path: string, flags: number): Promise<FileHandle> {
  await regularFile(pin, path)
  return open(pin.path, flags)
}

/** fsync(2) takes any descriptor: a file that may only be written is opened for that. */
async function openToSync(pin: Pin, path: string): Promise<Descriptor> {
  const stats = await pin.calls.make(calls.fstat, pin.fd)
  if (!stats.isFile() && !stats.isDirectory()) throw StorageError.of('EINVAL', path)
  try {
    return await Descriptor.ofContent(pin.calls, pin.path, O_RDONLY)
  } catch (error) {
    if (!stats.isFile() || !isErrno(error, 'EACCES')) throw error
    return Descriptor.ofContent(pin.calls, pin.path, O_WRONLY)
  }
}
