import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'
import { Writable } from 'node:stream'

/** A mount may live for months: a full file becomes FILE.1, replacing the one before. */
const sizeMaxBytes = 10 * 2 ** 20

/** A log file readable by its owner only, bounded to twice `sizeMaxBytes`. Writes synchronously. */
export class BoundedLogFile extends Writable {
  readonly #path: string
  #fd: number
  #size: number

  constructor(path: string) {
    super({ decodeStrings: true })
    this.#path = path
    this.#fd = openSync(path, 'a', 0o600)
    this.#size = fstatSync(this.#fd).size
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    try {
      if (this.#size + chunk.length > sizeMaxBytes) this.#rotate()
      writeSync(this.#fd, chunk)
      this.#size += chunk.length
      done()
    } catch {
      // A full disk must not end the mount: the line is lost.
      done()
    }
  }

  #rotate(): void {
    // Nothing is closed before the new file is there: a failure leaves the old one in use.
    renameSync(this.#path, `${this.#path}.1`)
    const full = this.#fd
    this.#fd = openSync(this.#path, 'a', 0o600)
    this.#size = 0
    closeSync(full)
  }
}
