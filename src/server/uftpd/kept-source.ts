/**
 * Keeps the file that was read last open for a moment: random reads ask for range after range of
 * one file, and opening it again each time costs more than the read. It is used again only if the
 * path still leads to the same inode.
 */

import { stat, type BigIntStats } from 'node:fs'
import { promisify } from 'node:util'
import { fsPath } from './jail.ts'
import { openedFile } from './local-file.ts'
import type { SourceFile } from './storage.ts'

const statPath = promisify(stat)

/** A removed file keeps its space this much longer. */
const keepMs = 1000

export class KeptSource implements AsyncDisposable {
  #path = ''
  #source: SourceFile | undefined
  #timer: NodeJS.Timeout | undefined

  /** The kept file, if it is still what `path` leads to. */
  async take(path: string): Promise<SourceFile | undefined> {
    if (!this.#source || path !== this.#path) return undefined
    const source = this.#source
    clearTimeout(this.#timer)
    this.#source = undefined
    const stats = await statOrNothing(path)
    const { device, inode } = source.opened
    if (stats?.ino !== inode || stats.dev !== device) {
      await source.close()
      return undefined
    }
    return this.keeping(path, { ...source, opened: openedFile(stats) })
  }

  /** `source` with a close that keeps it. */
  keeping(path: string, source: SourceFile): SourceFile {
    return { ...source, close: () => this.#keep(path, source) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer)
    const source = this.#source
    this.#source = undefined
    await source?.close()
  }

  async #keep(path: string, source: SourceFile): Promise<void> {
    await this[Symbol.asyncDispose]()
    this.#path = path
    this.#source = source
    const expire = (): void => {
      // What was only read has nothing to lose at close.
      this[Symbol.asyncDispose]().catch(() => undefined)
    }
    this.#timer = setTimeout(expire, keepMs).unref()
  }
}

async function statOrNothing(path: string): Promise<BigIntStats | undefined> {
  try {
    return await statPath(fsPath(path), { bigint: true })
  } catch {
    return undefined
  }
}
