/** Storage on the local file system, inside a jail. */

import * as fs from 'node:fs'
import { dirname } from 'node:path/posix'
import { promisify } from 'node:util'
import { errnoOf, isErrno } from '../../support/errno-error.ts'
import { decodeName } from '../../support/name-bytes.ts'
import type { ConfinedPaths } from './confined-paths.ts'
import { EntryInspector } from './entry-inspector.ts'
import { statusOf, statusOfItself, statusOfPin } from './file-status.ts'
import { fsPath, type Pin } from './jail.ts'
import { KeptSource } from './kept-source.ts'
import type { Libc } from './libc.ts'
import { createFile, openSource, openTarget } from './local-file.ts'
import { setTimes } from './local-times.ts'
import { speakingOf, StorageError } from './storage-error.ts'
import type {
  FileStatus,
  LinkHandling,
  ListedFile,
  SourceFile,
  Storage,
  StoredTimes,
  TargetFile,
  TimeChanges,
  WriteMode,
} from './storage.ts'

const chmod = promisify(fs.chmod)
const lstat = promisify(fs.lstat)
const mkdir = promisify(fs.mkdir)
const readdir = promisify(fs.readdir)
const readlink = promisify(fs.readlink)
const rename = promisify(fs.rename)
const rmdir = promisify(fs.rmdir)
const unlink = promisify(fs.unlink)

/** Entries per batch of a listing: about 100 KB of lines, which leave together. */
const batchSize = 512
/** How long this thread looks at entries before it serves others, and leaves the rest to threads. */
const sliceMs = 10
/** Entries that threads are given at a time: others wait behind them. */
const concurrentMax = 64
/** Linux's own limit on links in a path (MAXSYMLINKS). */
const linkLimit = 40

export class LocalStorage implements Storage {
  readonly #paths: ConfinedPaths
  readonly #libc: Libc
  readonly #inspector: EntryInspector
  readonly #kept = new KeptSource()

  constructor(paths: ConfinedPaths, libc: Libc) {
    this.#paths = paths
    this.#libc = libc
    this.#inspector = new EntryInspector(libc.entryCalls)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kept[Symbol.asyncDispose]()
  }

  async status(path: string, links: LinkHandling = 'follow'): Promise<FileStatus> {
    if (links === 'follow') return this.#paths.toLookAt(path, statusOfPin)
    const status = await this.#paths.toLookAtItself(path, statusOfPin)
    // Where a link leads only its name tells, and whether what was opened has been removed.
    if (status.type !== 'link' && status.links > 0) return status
    return speakingOf(path, () =>
      this.#paths.jail.withItself(path, (itself) => statusOfItself(itself.path)),
    )
  }

  async *list(path: string, links: LinkHandling = 'follow'): AsyncGenerator<readonly ListedFile[]> {
    // As latin1, a character is a byte: the smallest form of names that need not be UTF-8.
    const names = await this.#paths.toLookAt(path, (pin) =>
      readdir(pin.path, { encoding: 'latin1' }),
    )
    for (let start = 0; start < names.length; start += batchSize) {
      const batch = names.slice(start, start + batchSize)
      yield await this.#paths.toLookAt(path, (pin) => this.#lookedAt(pin, path, batch, links))
    }
  }

  async openToRead(path: string): Promise<SourceFile> {
    const kept = await this.#kept.take(path)
    if (kept) return kept
    return this.#paths.followed(path, async (pin) =>
      this.#kept.keeping(path, await openSource(pin, path)),
    )
  }

  async openToWrite(path: string, mode: WriteMode): Promise<TargetFile> {
    let wanted = path
    for (let step = 0; step < linkLimit; step += 1) {
      try {
        return await speakingOf(path, () =>
          this.#paths.jail.withPin(wanted, (pin) => {
            this.#paths.judge(pin.realPath)
            return openTarget(this.#libc, pin, path, mode)
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
    await this.#paths.named(path, (entry) => mkdir(entry.path))
  }

  async removeDirectory(path: string): Promise<void> {
    await this.#paths.named(path, (entry) => rmdir(entry.path))
  }

  async removeFile(path: string): Promise<void> {
    await this.#paths.named(path, (entry) => unlink(entry.path))
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#paths.renamed(from, to, (source, target) => rename(source.path, target.path))
  }

  async setMode(path: string, mode: number): Promise<void> {
    await this.#paths.followed(path, (pin) => chmod(pin.path, mode))
  }

  async setTimes(path: string, times: TimeChanges, links: LinkHandling): Promise<StoredTimes> {
    if (links === 'follow') {
      return this.#paths.followed(path, (pin) => setTimes(this.#libc, pin.path, times, links))
    }
    return this.#paths.itself(path, (itself) => setTimes(this.#libc, itself, times, links))
  }

  /** Entries of a directory, by their names in latin1. */
  async #lookedAt(
    directory: Pin,
    path: string,
    names: readonly string[],
    links: LinkHandling,
  ): Promise<readonly ListedFile[]> {
    const found: ListedFile[] = []
    const left: string[] = []
    const endMs = performance.now() + sliceMs
    for (const bytes of names) {
      const name = nameOfLatin1(bytes)
      const isInTime = performance.now() < endMs
      const status = isInTime ? this.#inspector.status(directory.fd, bytes) : undefined
      if (status) found.push({ name, status })
      else left.push(name)
    }
    for (let start = 0; start < left.length; start += concurrentMax) {
      const part = left.slice(start, start + concurrentMax)
      const entries = part.map((name) => this.#listed(directory, path, name, links))
      found.push(...(await Promise.all(entries)).filter((entry) => entry !== undefined))
    }
    return found
  }

  async #listed(
    directory: Pin,
    path: string,
    name: string,
    links: LinkHandling,
  ): Promise<ListedFile | undefined> {
    const entry = fsPath(`${directory.path}/${name}`)
    try {
      if (links === 'show') return { name, status: await statusOfItself(entry) }
      const stats = await lstat(entry, { bigint: true })
      if (!stats.isSymbolicLink()) return { name, status: await statusOf(stats, entry) }
      return { name, status: await this.status(path === '/' ? `/${name}` : `${path}/${name}`) }
    } catch {
      return undefined
    }
  }

  /** Creates a missing file, or tells where the dangling link at its place points to. */
  async #create(wanted: string, path: string, mode: WriteMode): Promise<TargetFile | string> {
    return this.#paths.jail.withEntry(wanted, async (entry) => {
      this.#paths.judge(entry.realPath)
      try {
        return await createFile(this.#libc, entry.path, mode)
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

function nameOfLatin1(bytes: string): string {
  // eslint-disable-next-line no-control-regex -- ASCII
  return /^[\0-\x7f]*$/.test(bytes) ? bytes : decodeName(Buffer.from(bytes, 'latin1'))
}
