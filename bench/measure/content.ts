/**
 * What the files hold: the pattern again and again, each block of 4 KiB beginning with its number
 * (bench/programs/content.py says the same). Files written by programs have numbers in the first
 * block of each MiB only.
 */

import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { WrongResult } from './outcome.ts'

const blockBytes = 4096
export const mebibyte = 2 ** 20

export class Content {
  /** Programs find the pattern here. */
  readonly patternFile: string
  readonly #pattern = randomBytes(mebibyte)

  constructor(patternFile: string) {
    this.patternFile = patternFile
    writeFileSync(patternFile, this.#pattern)
  }

  /** Makes a file of whole MiB, in a directory that is not a mount. */
  write(path: string, size: number): void {
    const fd = openSync(path, 'w')
    for (let offset = 0; offset < size; offset += mebibyte) writeSync(fd, this.#mebibyteAt(offset))
    closeSync(fd)
  }

  /** Makes a small file of what a large one holds at that offset. */
  writeSlice(path: string, offset: number, size: number): void {
    const inside = offset % mebibyte
    writeFileSync(path, this.#mebibyteAt(offset - inside).subarray(inside, inside + size))
  }

  #mebibyteAt(offset: number): Buffer {
    const piece = Buffer.from(this.#pattern)
    for (let inside = 0; inside < mebibyte; inside += blockBytes) {
      piece.writeBigUInt64LE(BigInt((offset + inside) / blockBytes), inside)
    }
    return piece
  }

  /** Fails unless that is what a program wrote: its size, and every eighth of its MiB. */
  checkWritten(path: string, size: number): void {
    const found = statSync(path).size
    if (found !== size) throw new WrongResult(`${found} of ${size} bytes are on the server`)
    const fd = openSync(path, 'r')
    try {
      const piece = Buffer.alloc(mebibyte)
      const last = size - mebibyte
      for (let offset = 0; offset <= last; offset += Math.min(8 * mebibyte, last - offset || 1)) {
        readSync(fd, piece, 0, mebibyte, offset)
        const number = piece.readBigUInt64LE(0)
        const isRight = number === BigInt(offset / blockBytes)
        if (!isRight || piece.compare(this.#pattern, 8, mebibyte, 8) !== 0) {
          throw new WrongResult(`wrong bytes near ${offset} on the server`)
        }
      }
    } finally {
      closeSync(fd)
    }
  }
}
