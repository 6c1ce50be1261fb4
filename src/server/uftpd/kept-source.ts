/**
 * Keeps the file that was read last open for a moment: random reads ask for range after range of
 * one file, and opening it again each time costs more than the read. It is used again only for the
 * same inode.
 */

import type { BigIntStats } from 'node:fs'
import { openedFile } from './local-file.ts'
import type { SourceFile } from './storage.ts'

/** A removed file keeps its space this much longer. */
const keepMs = 1000

export class KeptSource implements AsyncDisposable {
  #source: SourceFile | undefined
  #timer: NodeJS.Timeout | undefined

  /** The kept file, if it is the one that `stats` are of. */
  take(stats: BigIntStats): SourceFile | undefined {
    const source = this.#source
    if (source?.opened.inode !== stats.ino || source.opened.device !== stats.dev) return undefined
    clearTimeout(this.#timer)
    this.#source = undefined
    return this.keeping({ ...source, opened: openedFile(stats) })
  }

  /** `source` with a close that keeps it. */
  keeping(source: SourceFile): SourceFile {
    return { ...source, close: () => this.#keep(source) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer)
    const source = this.#source
    this.#source = undefined
    await source?.close()
  }

  async #keep(source: SourceFile): Promise<void> {
    await this[Symbol.asyncDispose]()
    this.#source = source
    const expire = (): void => {
      // What was only read has nothing to lose at close.
      this[Symbol.asyncDispose]().catch(() => undefined)
    }
    this.#timer = setTimeout(expire, keepMs).unref()
  }
}
