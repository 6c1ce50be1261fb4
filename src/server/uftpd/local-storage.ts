/** Storage on the local file system, inside a jail. */

import { dirname } from 'node:path/posix'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { errnoOf, isErrno } from '../../support/errno-error.ts'
import { decodeName } from '../../support/name-bytes.ts'
import type { ConfinedPaths } from './confined-paths.ts'
import { EntryInspector, type InspectedDirectory } from './entry-inspector.ts'
import * as calls from './file-calls.ts'
import { statusOf, statusOfItself, statusOfOpened } from './file-status.ts'
import { fsPath, type Entry, type Pin } from './jail.ts'
import { KeptSource } from './kept-source.ts'
import type { Libc } from './libc.ts'
import { createFile, openSource, openTarget, regularFile } from './local-file.ts'
import { setTimes } from './local-times.ts'
import { inThreads, quickBytes, type Call, type CallMaker } from './quick-calls.ts'
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

/** Entries per batch of a listing: about 100 KB of lines, which leave together. */
const batchSize = 512
/** How long this thread looks at the entries of a batch before it leaves the rest to threads. */
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
    if (links === 'follow') return this.#paths.toLookAt(path, statusOfOpened)
    const status = await this.#paths.toLookAtItself(path, statusOfOpened)
    // Where a link leads only its name tells, and whether what was opened has been removed.
    if (path === this.#paths.jail.base || (status.type !== 'link' && status.links > 0)) {
      return status
    }
    return speakingOf(path, () =>
      this.#paths.jail.withEntry(path, (entry) =>
        statusOfItself(status.type === 'link' ? entry.parent.calls : inThreads, entry.path),
      ),
    )
  }

  async *list(path: string, links: LinkHandling = 'follow'): AsyncGenerator<readonly ListedFile[]> {
    // Of any size: not a call for this thread.
    const names = await this.#paths.toLookAt(path, (pin) => calls.readdir.inThread(pin.path))
    for (let start = 0; start < names.length; start += batchSize) {
      // Looking at a batch need not have waited for anything: others have their turn.
      if (start > 0) await nextTurn()
      const batch = names.slice(start, start + batchSize)
      yield await this.#paths.toLookAt(path, (pin) => this.#lookedAt(pin, path, batch, links))
    }
  }

  async openToRead(path: string): Promise<SourceFile> {
    return this.#paths.followed(path, async (pin) => {
      const stats = await regularFile(pin, path)
      return this.#kept.take(stats) ?? this.#kept.keeping(await openSource(pin, stats))
    })
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
    await this.#paths.named(path, (entry) => entry.parent.calls.make(calls.mkdir, entry.path))
  }

  async removeDirectory(path: string): Promise<void> {
    await this.#paths.named(path, (entry) => entry.parent.calls.make(calls.rmdir, entry.path))
  }

  async removeFile(path: string): Promise<void> {
    await this.#paths.named(path, (entry) => this.#freeing(entry, calls.unlink, entry.path))
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#paths.renamed(from, to, (source, target) =>
      this.#freeing(target, calls.rename, source.path, target.path),
    )
  }

  async setMode(path: string, mode: number): Promise<void> {
    await this.#paths.followed(path, (pin) => pin.calls.make(calls.chmod, pin.path, mode))
  }

  async setTimes(path: string, times: TimeChanges, links: LinkHandling): Promise<StoredTimes> {
    const set = (pin: Pin): Promise<StoredTimes> => setTimes(this.#libc, pin, times)
    return links === 'follow' ? this.#paths.followed(path, set) : this.#paths.itself(path, set)
  }

  /** Entries of a directory, by their names in latin1. */
  async #lookedAt(
    directory: Pin,
    path: string,
    names: readonly string[],
    links: LinkHandling,
  ): Promise<readonly ListedFile[]> {
    const found: ListedFile[] = []
    const left: { readonly name: string; readonly maker: CallMaker }[] = []
    const { fd, calls: quick } = directory
    const endMs = performance.now() + sliceMs
    const { dev: device } = await quick.make(calls.fstat, fd)
    const inspected: InspectedDirectory = { fd, device, isLocal: quick.isLocal }
    const inspect = { here: (name: string) => this.#inspector.status(inspected, name) }
    for (const bytes of names) {
      const name = nameOfLatin1(bytes)
      const isHere = quick.trusted && performance.now() < endMs
      const status = isHere ? quick.makeHere(inspect, bytes) : undefined
      if (typeof status === 'object') found.push({ name, status })
      // What else is there may be on another storage, of which nothing is known.
      else left.push({ name, maker: status === 'link' ? quick : inThreads })
    }
    for (let start = 0; start < left.length; start += concurrentMax) {
      const part = left.slice(start, start + concurrentMax)
      const entries = part.map(({ name, maker }) => {
        return this.#listed(maker, directory, path, name, links)
      })
      found.push(...(await Promise.all(entries)).filter((entry) => entry !== undefined))
    }
    return found
  }

  async #listed(
    maker: CallMaker,
    directory: Pin,
    path: string,
    name: string,
    links: LinkHandling,
  ): Promise<ListedFile | undefined> {
    const entry = fsPath(`${directory.path}/${name}`)
    try {
      if (links === 'show') return { name, status: await statusOfItself(maker, entry) }
      const stats = await maker.make(calls.lstat, entry)
      if (!stats.isSymbolicLink()) return { name, status: await statusOf(maker, stats, entry) }
      return { name, status: await this.status(path === '/' ? `/${name}` : `${path}/${name}`) }
    } catch {
      return undefined
    }
  }

  /** Makes a call that takes away what is at a name: to free the space of a large file takes long. */
  async #freeing<Args extends readonly unknown[]>(
    { name, parent: { fd, calls: quick } }: Entry,
    call: Call<Args, void>,
    ...args: Args
  ): Promise<void> {
    const size = { here: () => this.#inspector.size(fd, name) }
    const isSmall = quick.trusted && quick.makeHere(size) <= quickBytes
    await (isSmall ? quick : inThreads).make(call, ...args)
  }

  /** Creates a missing file, or tells where the dangling link at its place points to. */
  async #create(wanted: string, path: string, mode: WriteMode): Promise<TargetFile | string> {
    return this.#paths.jail.withEntry(wanted, async (entry) => {
      this.#paths.judge(entry.realPath)
      try {
        return await createFile(this.#libc, entry, mode)
      } catch (error) {
        if (!isErrno(error, 'EEXIST')) throw error
      }
      let link: string
      try {
        link = decodeName(await entry.parent.calls.make(calls.readlink, entry.path))
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
