/**
 * Sole owner of the /dev/fuse descriptor.
 *
 * read(2) blocks until there is a request, on a thread of the libuv pool; as many as are
 * outstanding at once are missing to everything else that uses the pool (fs, dns, zlib). write(2) of
 * a reply copies and returns, so replies are written at once from the main thread. A notification
 * may wait for an inode's lock whose owner waits for our reply: it is written on the pool.
 */

import { close, read, writeSync, writev, writevSync } from 'node:fs'
import { errnoOf, ErrnoError, isErrno } from '../../support/errno-error.ts'

/** What a session needs of the kernel; tests put a fake in its place. */
export interface Device {
  /**
   * The length of the next request; undefined when the file system has been unmounted.
   * ECONNABORTED: somebody has cut the connection instead; what is mounted is dead.
   */
  read(bytes: Buffer): Promise<number | undefined>
  /**
   * One message; the bytes may change as soon as this returns. False: nobody waits for it any more.
   * EINVAL: not well-formed; the request has failed with EIO.
   */
  reply(pieces: readonly Uint8Array[]): boolean
  /** One message; may take as long as requests take. ENOENT: the kernel knows nothing of it. */
  notify(pieces: readonly Uint8Array[]): Promise<void>
  /** After the last read has ended. */
  close(): Promise<void>
}

export class KernelDevice implements Device {
  readonly #fd: number

  /** Takes the descriptor over. */
  constructor(fd: number) {
    this.#fd = fd
  }

  async read(bytes: Buffer): Promise<number | undefined> {
    for (;;) {
      try {
        return await this.#readOnce(bytes)
      } catch (error) {
        if (isErrno(error, 'ENODEV')) return undefined
        // ENOENT: the request was withdrawn while it was being read.
        if (!isErrno(error, 'EINTR', 'EAGAIN', 'ENOENT')) throw error
      }
    }
  }

  reply(pieces: readonly Uint8Array[]): boolean {
    try {
      if (pieces.length === 1) writeSync(this.#fd, pieces[0]!)
      else writevSync(this.#fd, pieces)
      return true
    } catch (error) {
      // ENOENT: the request was withdrawn. ENODEV: unmounted meanwhile.
      if (isErrno(error, 'ENOENT', 'ENODEV')) return false
      throw error
    }
  }

  notify(pieces: readonly Uint8Array[]): Promise<void> {
    return new Promise((resolve, reject) => {
      writev(this.#fd, pieces, (error) => (error ? reject(error) : resolve()))
    })
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      close(this.#fd, (error) => (error ? reject(error) : resolve()))
    })
  }

  #readOnce(bytes: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      read(this.#fd, bytes, 0, bytes.length, null, (error, length) => {
        if (error)
          reject(new ErrnoError(errnoOf(error) ?? 'EIO', 'read of /dev/fuse', { cause: error }))
        else resolve(length)
      })
    })
  }
}
