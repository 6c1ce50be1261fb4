/** Copies a range from one open file to another. */

import type { FileHandle } from 'node:fs/promises'
import { StorageError } from './storage-error.ts'
import type { CopiedRange } from './posix-storage.ts'

const pieceBytes = 1024 * 1024

export async function copyRange(
  source: FileHandle,
  { start, end }: CopiedRange,
  target: FileHandle,
  offset: number,
  alive: () => Promise<void>,
): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(pieceBytes, end - start)))
  let copied = 0
  while (start + copied < end) {
    const wanted = Math.min(buffer.length, end - start - copied)
    const { bytesRead } = await source.read(buffer, 0, wanted, start + copied)
    if (bytesRead === 0) break
    await writeAll(target, buffer.subarray(0, bytesRead), offset + copied)
    copied += bytesRead
    await alive()
  }
  return copied
}

async function writeAll(target: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    const { bytesWritten } = await target.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

/** As copy_file_range(2): EINVAL when the ranges of one file overlap. */
export async function assertApart(
  source: FileHandle,
  { start, end }: CopiedRange,
  target: FileHandle,
  offset: number,
  path: string,
): Promise<void> {
  const [from, to] = await Promise.all([
    source.stat({ bigint: true }),
    target.stat({ bigint: true }),
  ])
  if (from.ino !== to.ino || from.dev !== to.dev) return
  if (offset < end && start < offset + (end - start)) throw StorageError.of('EINVAL', path)
}
