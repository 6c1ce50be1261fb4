/** The POSIX side of the local file system, inside a jail. */

import * as fs from 'node:fs'
import { link, open, symlink, type FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { isErrno } from '../../support/errno-error.ts'
import type { ConfinedPaths } from './confined-paths.ts'
import { fsPath, type Pin } from './jail.ts'
import { nameMax, renameExchange, renameNoreplace, type Libc } from './libc.ts'
import { setOwner } from './local-changes.ts'
import { createNode, giveSymlink } from './local-creation.ts'
import { assertApart, copyRange } from './local-copy.ts'
import { regularFile } from './local-file.ts'
import type { Machine } from './machine.ts'
import type {
  CopiedRange,
  NodeKind,
  Owner,
  PlaceStatistics,
  PosixStorage,
} from './posix-storage.ts'
import { speakingOf, StorageError } from './storage-error.ts'

const fstat = promisify(fs.fstat)
const statfs = promisify(fs.statfs)

const { O_RDONLY, O_WRONLY } = fs.constants

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
      await symlink(fsPath(target), entry.path)
      if (owner) await giveSymlink(entry, owner)
    })
  }

  async link(existing: string, path: string): Promise<void> {
    await this.#paths.renamed(existing, path, (source, target) => link(source.path, target.path))
  }

  async renameExclusively(from: string, to: string): Promise<void> {
    await this.#paths.renamed(from, to, (source, target) =>
      this.#rename(source.path, target.path, renameNoreplace),
    )
  }

  async exchange(from: string, to: string): Promise<void> {
    await this.#paths.renamed(from, to, (source, target) => {
      this.#paths.judgeMoving(target.realPath)
      return this.#rename(source.path, target.path, renameExchange)
    })
  }

  async setOwner(path: string, owner: Partial<Owner>): Promise<void> {
    await this.#paths.itself(path, (itself) => setOwner(itself, owner, 'show'))
  }

  async truncate(path: string, size: number): Promise<void> {
    await this.#paths.followed(path, async (pin) => {
      await using file = await openRegular(pin, path, O_WRONLY)
      await file.truncate(size)
    })
  }

  async sync(path: string): Promise<void> {
    await this.#paths.followed(path, async (pin) => {
      await using file = await openToSync(pin, path)
      await file.sync()
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
      const stats = await statfs(pin.path, { bigint: true })
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

  #rename(from: string | Buffer, to: string | Buffer, flags: number): Promise<void> {
    if (!this.#libc.renameat2) throw StorageError.of('EOPNOTSUPP', 'renameat2')
    return this.#libc.renameat2(from, to, flags)
  }
}

async function openRegular(pin: Pin, path: string, flags: number): Promise<FileHandle> {
  await regularFile(pin, path)
  return open(pin.path, flags)
}

/** fsync(2) takes any descriptor: a file that may only be written is opened for that. */
async function openToSync(pin: Pin, path: string): Promise<FileHandle> {
  const stats = await fstat(pin.fd)
  if (!stats.isFile() && !stats.isDirectory()) throw StorageError.of('EINVAL', path)
  try {
    return await open(pin.path, O_RDONLY)
  } catch (error) {
    if (!stats.isFile() || !isErrno(error, 'EACCES')) throw error
    return open(pin.path, O_WRONLY)
  }
}
