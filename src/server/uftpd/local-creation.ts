/**
 * Makes files with exactly the mode and owner asked for. They are born with no permissions at all
 * and get owner and mode, in this order because chown(2) takes set-user-ID bits away, through a
 * descriptor of what was born: nobody can use them as they are not meant to be. Links have no
 * permissions, they get their owner alone.
 */

import { constants, type BigIntStats } from 'node:fs'
import { Descriptor } from './descriptor.ts'
import * as calls from './file-calls.ts'
import { oPath, type Entry } from './jail.ts'
import type { Libc } from './libc.ts'
import type { NodeKind, Owner } from './posix-storage.ts'
import { StorageError } from './storage-error.ts'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY, S_IFIFO, S_IFSOCK } = constants

const setGroupId = 0o2000

export interface Birth {
  readonly kind: NodeKind
  readonly mode: number
  readonly owner: Owner | undefined
}

export async function createNode(libc: Libc, entry: Entry, birth: Birth): Promise<void> {
  await using created = await born(libc, entry, birth.kind)
  const stats = await created.status()
  await assertNewborn(created, stats, birth.kind, entry)
  await orRemove(entry, stats, async () => {
    if (birth.owner) await give(created, stats, entry, birth.owner)
    const inherited = birth.kind === 'directory' ? Number(stats.mode) & setGroupId : 0
    await created.calls.make(calls.chmod, created.path, birth.mode | inherited)
  })
}

/** Gives away the link that was just made; EPERM, and nothing done, where something else is now. */
export async function giveSymlink(entry: Entry, owner: Owner): Promise<void> {
  await using created = await openEntry(entry)
  const stats = await created.status()
  // What is new has no other name.
  if (!stats.isSymbolicLink() || stats.nlink !== 1n) throw StorageError.of('EPERM', entry.realPath)
  await orRemove(entry, stats, () => give(created, stats, entry, owner))
}

async function born(libc: Libc, entry: Entry, kind: NodeKind): Promise<Descriptor> {
  const { path, parent } = entry
  if (kind === 'file') {
    return Descriptor.open(parent.calls, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0)
  }
  if (kind === 'directory') await parent.calls.make(calls.mkdir, path, 0)
  else if (!libc.mknod) throw StorageError.of('EOPNOTSUPP', kind)
  else await parent.calls.make(libc.mknod, path, kind === 'fifo' ? S_IFIFO : S_IFSOCK)
  return openEntry(entry)
}

function openEntry({ path, parent }: Entry): Promise<Descriptor> {
  return Descriptor.open(parent.calls, path, oPath | O_NOFOLLOW)
}

/**
 * Whoever may write to the directory can put something else in place of what was born before it
 * is opened, and that is not to be given away. What was born has no permissions, unless an access
 * control list that is inherited or a file system without modes gives some: then a directory is at
 * least empty.
 */
async function assertNewborn(
  created: Descriptor,
  stats: BigIntStats,
  kind: NodeKind,
  entry: Entry,
): Promise<void> {
  const types: Readonly<Record<NodeKind, boolean>> = {
    file: stats.isFile(),
    directory: stats.isDirectory(),
    fifo: stats.isFIFO(),
    socket: stats.isSocket(),
  }
  // A file was opened when it was made.
  if (types[kind] && (kind === 'file' || (stats.mode & 0o777n) === 0n)) return
  if (types[kind] && kind === 'directory') {
    if ((await calls.readdir.inThread(created.path)).length === 0) return
  }
  throw StorageError.of('EPERM', entry.realPath)
}

async function give(
  created: Descriptor,
  stats: BigIntStats,
  { parent }: Entry,
  owner: Owner,
): Promise<void> {
  const directory = await parent.calls.make(calls.fstat, parent.fd)
  const inherits = (Number(directory.mode) & setGroupId) !== 0
  const gid = inherits ? Number(directory.gid) : owner.gid
  const changes = BigInt(owner.uid) !== stats.uid || BigInt(gid) !== stats.gid
  if (changes) await created.calls.make(calls.chown, created.path, owner.uid, gid)
}

async function orRemove(
  entry: Entry,
  stats: BigIntStats,
  complete: () => Promise<void>,
): Promise<void> {
  try {
    await complete()
  } catch (error) {
    // Why it could not be completed is what counts, whatever becomes of the rest.
    await remove(entry, stats).catch(() => undefined)
    throw error
  }
}

/** What could not be completed, if it is still there. */
async function remove({ path, parent }: Entry, stats: BigIntStats): Promise<void> {
  const now = await parent.calls.make(calls.lstat, path)
  if (now.ino !== stats.ino || now.dev !== stats.dev) return
  await parent.calls.make(stats.isDirectory() ? calls.rmdir : calls.unlink, path)
}
