/**
 * Keeps a session below its base directory.
 *
 * A path is first made absolute and normalised as text, `..` included, as UFTPD does, and must lie
 * at or below the base by whole components (`/srv/alice-secret` is not in `/srv/alice`). Links are
 * then judged by what the kernel really opened: the path is opened with O_PATH, which touches
 * nothing (no FIFO blocks, no device wakes), `/proc/self/fd/N` tells where that led, and every
 * operation goes through that descriptor. So nothing can be swapped between check and use. Names
 * that must not be followed (DELE, RMD, MKD, RNFR, RNTO, creation) are used below the pinned
 * descriptor of their parent: what openat(2) would do, which Node does not offer.
 *
 * What remains: a process outside UFTPD that moves a pinned directory out of the base while one
 * operation runs takes that operation along; it needs write permission on both sides to do so.
 * Hard links and mount points below the base count as inside.
 */

import { closeSync, constants, readlinkSync } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { decodeName, encodeName, isUtf8Name } from '../../support/name-bytes.ts'
import type { CallMaker, QuickCalls } from './quick-calls.ts'
import { Refusal } from './refusal.ts'
import { speakingOf, StorageError } from './storage-error.ts'
import type { Storages } from './storages.ts'

/** Linux's O_PATH, which node:fs does not name (asm-generic/fcntl.h). */
export const oPath = 0o10000000

/** A path as node:fs takes it: bytes where the name is not UTF-8. */
export function fsPath(name: string): string | Buffer {
  return isUtf8Name(name) ? name : encodeName(name)
}

/** True when `candidate` is `root` or below it; both absolute and normalised. */
export function isWithin(root: string, candidate: string): boolean {
  return root === '/' || candidate === root || candidate.startsWith(`${root}/`)
}

/** Absolute and without `.`, `..` and double slashes; always textually, `..` before links. */
export function normalise(cwd: string, argument: string): string {
  const resolved = path.posix.normalize(argument.startsWith('/') ? argument : `${cwd}/${argument}`)
  const single = resolved.replace(/^\/+/, '/')
  return single.length > 1 && single.endsWith('/') ? single.slice(0, -1) : single
}

/** What is open. `path` leads to it and to nothing else. */
export interface Opened {
  readonly fd: number
  readonly path: string
  /** How calls on it are made. */
  readonly calls: CallMaker
}

/** Something opened by O_PATH and found inside. */
export interface Pin extends Opened {
  /** Where it really is, all links resolved. */
  readonly realPath: string
  readonly calls: QuickCalls
}

/** A name in a pinned directory, whether or not there is something by that name. */
export interface Entry {
  readonly name: string
  readonly path: string | Buffer
  /** The directory's real path and the name. */
  readonly realPath: string
  readonly parent: Pin
}

export class Jail {
  /** As the client names it. */
  readonly base: string
  readonly #realBase: string
  readonly #storages: Storages

  private constructor(base: string, realBase: string, storages: Storages) {
    this.base = base
    this.#realBase = realBase
    this.#storages = storages
  }

  /** `base` must be an existing directory and, if given, lie within `exportRoot`. */
  static async open(base: string, storages: Storages, exportRoot?: string): Promise<Jail> {
    const realBase = await speakingOf(base, async () => {
      const real = await realpath(fsPath(base), { encoding: 'buffer' })
      if (!(await stat(real)).isDirectory()) throw StorageError.of('ENOTDIR', base)
      return decodeName(real)
    })
    if (exportRoot !== undefined && !isWithin(await realpath(exportRoot), realBase)) {
      throw new Refusal(534, `Forbidden: ${base} not in ${exportRoot}`)
    }
    return new Jail(base, realBase, storages)
  }

  /** The absolute path that `argument` means in `cwd`. Refuses what is textually outside. */
  resolve(argument: string, cwd: string): string {
    if (argument.includes('\0')) throw new Refusal(500, 'embedded null byte')
    const resolved = normalise(cwd, argument)
    if (!isWithin(this.base, resolved)) {
      throw new Refusal(534, `Forbidden: ${resolved} not in ${this.base}`)
    }
    return resolved
  }

  /** The client's name for a real path inside: differs when the base itself is behind a link. */
  visiblePath(realPath: string): string {
    const below = this.#realBase === '/' ? realPath : realPath.slice(this.#realBase.length)
    return this.base === '/' ? below || '/' : this.base + below
  }

  /** Runs `body` with what `target` leads to, links followed unless `flags` say otherwise. */
  async withPin<T>(target: string, body: (pin: Pin) => T | Promise<T>, flags = 0): Promise<T> {
    const fd = await this.#storages.openPin(fsPath(target), oPath | flags)
    try {
      const pinPath = `/proc/self/fd/${fd}`
      const realPath = decodeName(readlinkSync(pinPath, { encoding: 'buffer' }))
      if (!isWithin(this.#realBase, realPath)) {
        throw this.#outside(target)
      }
      return await body({ fd, path: pinPath, realPath, calls: await this.#storages.callsOn(fd) })
    } finally {
      // An O_PATH descriptor has nothing to write back: closing it never waits.
      closeSync(fd)
    }
  }

  /** Runs `body` with what `target` itself names, a link or the base directory too. */
  async withPinOfItself<T>(target: string, body: (pin: Pin) => T | Promise<T>): Promise<T> {
    if (target === this.base) return this.withPin(target, body)
    const inside = (pin: Pin): T | Promise<T> => {
      // By another name the base is an entry of a directory that is outside.
      if (pin.realPath === this.#realBase) throw this.#outside(target)
      return body(pin)
    }
    return this.withPin(target, inside, constants.O_NOFOLLOW)
  }

  /** Runs `body` with the entry itself: a link is not followed. The base is no entry inside. */
  async withEntry<T>(target: string, body: (entry: Entry) => Promise<T>): Promise<T> {
    if (target === this.base) throw new Refusal(534, `Forbidden: ${target} is the base directory`)
    const slash = target.lastIndexOf('/')
    const name = target.slice(slash + 1)
    return this.withPin(
      target.slice(0, slash) || '/',
      (parent) =>
        body({
          name,
          path: fsPath(`${parent.path}/${name}`),
          realPath: parent.realPath === '/' ? `/${name}` : `${parent.realPath}/${name}`,
          parent,
        }),
      constants.O_DIRECTORY,
    )
  }

  #outside(target: string): Refusal {
    return new Refusal(534, `Forbidden: ${target} not in ${this.base}`)
  }
}
