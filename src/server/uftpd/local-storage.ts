/** Storage on the local file system, inside a jail. */

import * as fs from 'node:fs'
import { dirname } from 'node:path/posix'
import { promisify } from 'node:util'
import { errnoOf, isErrno } from '../../support/errno-error.ts'
import { decodeName } from '../../support/name-bytes.ts'
import type { AccessRules } from './access-rules.ts'
import { birthTimeOf } from './birth-time.ts'
import { fsPath, type Jail, type Pin } from './jail.ts'
import { KeptSource } from './kept-source.ts'
import { createFile, openSource, openTarget } from './local-file.ts'
import { speakingOf, StorageError } from './storage-error.ts'
import type {
  FileStatus,
  ListedFile,
  SourceFile,
  Storage,
  TargetFile,
  WriteMode,
} from './storage.ts'

const access = promisify(fs.access)
const chmod = promisify(fs.chmod)
const fstat = promisify(fs.fstat)
const lstat = promisify(fs.lstat)
const mkdir = promisify(fs.mkdir)
const readdir = promisify(fs.readdir)
const readlink = promisify(fs.readlink)
const rename = promisify(fs.rename)
const rmdir = promisify(fs.rmdir)
const unlink = promisify(fs.unlink)
const utimes = promisify(fs.utimes)

const { R_OK, W_OK, X_OK } = fs.constants

/** Entries per batch of a listing, all looked at concurrently. */
const batchSize = 64
/** Linux's own limit on links in a path (MAXSYMLINKS). */
const linkLimit = 40

export class LocalStorage implements Storage {
  readonly #jail: Jail
  readonly #rules: AccessRules
  readonly #kept = new KeptSource()

  /**
   * `rules` judge where a path really leads, links followed, for everything but status and
   * listings. The path as the client writes it is judged by who takes it from the client.
   */
  constructor(jail: Jail, rules: AccessRules) {
    this.#jail = jail
    this.#rules = rules
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kept[Symbol.asyncDispose]()
  }

  async status(path: string): Promise<FileStatus> {
    return this.#pinned(path, statusOfPin)
  }

  async *list(path: string): AsyncGenerator<readonly ListedFile[]> {
    const names = await this.#pinned(path, (pin) =>
      readdir(pin.path, { encoding: 'buffer' as BufferEncoding }),
    )
    for (let start = 0; start < names.length; start += batchSize) {
      const batch = names.slice(start, start + batchSize) as unknown as Buffer[]
      yield await this.#pinned(path, async (pin) => {
        const entries = batch.map((name) => this.#listed(pin, path, decodeName(name)))
        return (await Promise.all(entries)).filter((entry) => entry !== undefined)
      })
    }
  }

  async openToRead(path: string): Promise<SourceFile> {
    const kept = await this.#kept.take(path)
    if (kept) return kept
    return this.#judged(path, async (pin) => this.#kept.keeping(path, await openSource(pin, path)))
  }

  async openToWrite(path: string, mode: WriteMode): Promise<TargetFile> {
    let wanted = path
    for (let step = 0; step < linkLimit; step += 1) {
      try {
        return await speakingOf(path, () =>
          this.#jail.withPin(wanted, (pin) => {
            this.#judge(pin.realPath)
            return openTarget(pin, path, mode)
          }),
        )
      } catch (error) {
        if (!isErrno(error, 'ENOENT')) throw error
      }
      const created = await speakingOf(path, () => this.#create(wanted, path, mode))
      if (typeof created !== 'string') return created
      wanted = created
    }
    throw StorageError.of('ELOOP', path)
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#entry(path, (entry) => mkdir(entry))
  }

  async removeDirectory(path: string): Promise<void> {
    await this.#entry(path, (entry) => rmdir(entry))
  }

  async removeFile(path: string): Promise<void> {
    await this.#entry(path, (entry) => unlink(entry))
  }

  async rename(from: string, to: string): Promise<void> {
    await speakingOf(
      from,
      () =>
        this.#jail.withEntry(from, (source) => {
          this.#rules.assertMovable(this.#jail.visiblePath(source.realPath))
          return this.#jail.withEntry(to, (target) => {
            this.#judge(target.realPath)
            return rename(source.path, target.path)
          })
        }),
      to,
    )
  }

  async setMode(path: string, mode: number): Promise<void> {
    await this.#judged(path, (pin) => chmod(pin.path, mode))
  }

  async setModificationTime(path: string, mtimeNs: bigint): Promise<bigint> {
    return this.#judged(path, async (pin) => {
      const time = storableTime(mtimeNs)
      await utimes(pin.path, time, time)
      return (await fstat(pin.fd, { bigint: true })).mtimeNs
    })
  }

  #pinned<T>(path: string, body: (pin: Pin) => Promise<T>): Promise<T> {
    return speakingOf(path, () => this.#jail.withPin(path, body))
  }

  #judged<T>(path: string, body: (pin: Pin) => Promise<T>): Promise<T> {
    return this.#pinned(path, (pin) => {
      this.#judge(pin.realPath)
      return body(pin)
    })
  }

  #entry<T>(path: string, body: (entry: string | Buffer) => Promise<T>): Promise<T> {
    return speakingOf(path, () =>
      this.#jail.withEntry(path, (entry) => {
        this.#judge(entry.realPath)
        return body(entry.path)
      }),
    )
  }

  #judge(realPath: string): void {
    this.#rules.assertPath(this.#jail.visiblePath(realPath))
  }

  async #listed(directory: Pin, path: string, name: string): Promise<ListedFile | undefined> {
    const entry = fsPath(`${directory.path}/${name}`)
    try {
      const stats = await lstat(entry, { bigint: true })
      if (!stats.isSymbolicLink()) return { name, status: await statusOf(stats, entry) }
      return { name, status: await this.status(path === '/' ? `/${name}` : `${path}/${name}`) }
    } catch {
      return undefined
    }
  }

  /** Creates a missing file, or tells where the dangling link at its place points to. */
  async #create(wanted: string, path: string, mode: WriteMode): Promise<TargetFile | string> {
    return this.#jail.withEntry(wanted, async (entry) => {
      this.#judge(entry.realPath)
      try {
        return await createFile(entry.path, mode)
      } catch (error) {
        if (!isErrno(error, 'EEXIST')) throw error
      }
      let link: string
      try {
        link = decodeName(await readlink(entry.path, { encoding: 'buffer' }))
      } catch (error) {
        // Somebody made a file (EINVAL: no link) or removed the link meanwhile: look again.
        if (errnoOf(error) === 'EINVAL' || errnoOf(error) === 'ENOENT') return wanted
        throw error
      }
      if (/(^|\/)\.{0,2}$/.test(link)) throw StorageError.of('EISDIR', path)
      return link.startsWith('/') ? link : `${dirname(entry.realPath)}/${link}`
    })
  }
}

/**
 * The time as node:fs takes it, rounded down to what it can store: microseconds, before 1970
 * milliseconds (it takes negative numbers for "now", but negative dates as they are).
 */
function storableTime(epochNs: bigint): number | Date {
  if (epochNs < 0n) return new Date(Number((epochNs - 999_999n) / 1_000_000n))
  // libuv cuts a double to whole microseconds: the half keeps it on our side of one.
  return (Number(epochNs / 1000n) + 0.5) / 1e6
}

async function statusOfPin(pin: Pin): Promise<FileStatus> {
  return statusOf(await fstat(pin.fd, { bigint: true }), pin.path)
}

async function statusOf(stats: fs.BigIntStats, path: string | Buffer): Promise<FileStatus> {
  const mode = Number(stats.mode)
  const rights = await accessRights(path, mode)
  return {
    type: stats.isDirectory() ? 'directory' : stats.isFile() ? 'file' : 'other',
    size: Number(stats.size),
    mode,
    mtimeNs: stats.mtimeNs,
    birthTimeNs: birthTimeOf(stats),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    links: Number(stats.nlink),
    readable: (rights & R_OK) !== 0,
    writable: (rights & W_OK) !== 0,
    executable: (rights & X_OK) !== 0,
  }
}

/** Mostly one access(2): all at once, one by one only if that fails. */
async function accessRights(path: string | Buffer, mode: number): Promise<number> {
  // Without any x bit nobody may execute, not even root and no ACL entry (its mask is an x bit).
  const candidates = R_OK | W_OK | ((mode & 0o111) === 0 ? 0 : X_OK)
  if (await permitted(path, candidates)) return candidates
  let rights = 0
  for (const right of [R_OK, W_OK, X_OK]) {
    if ((candidates & right) !== 0 && (await permitted(path, right))) rights |= right
  }
  return rights
}

async function permitted(path: string | Buffer, rights: number): Promise<boolean> {
  try {
    await access(path, rights)
    return true
  } catch {
    return false
  }
}
