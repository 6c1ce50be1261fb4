import { ErrnoError } from '../support/errno-error.ts'
import { encodeName } from '../support/name-bytes.ts'
import type { ReceivingSink } from './data-connection.ts'
import { readFactEntry, textOf } from './fact-attributes.ts'
import type { FactAttributes } from './file-attributes.ts'
import type { ServerTraits } from './server-traits.ts'
import { unescapePath } from './wire/path-escape.ts'

const lf = 0x0a
const cr = 0x0d

/** What is read at a time, and the longest line: a name and a link's target, escaped, have 14 KiB. */
const memoryBytes = 64 * 1024
/** Two million entries: what has been read of them needs more memory than that. */
const listingBytesMax = 512 * 2 ** 20

export interface Lines<T> {
  readonly entries: ReadonlyMap<string, T>
  /** A line was malformed or cut, or a name came twice. */
  readonly isDoubtful: boolean
}

/** The lines of MLSD, read while they arrive, or of SITE LIST. */
export class FactListing implements ReceivingSink {
  readonly #entries = new Map<string, FactAttributes>()
  readonly #agreement: ServerTraits['agreement']
  readonly #memory = Buffer.allocUnsafeSlow(memoryBytes)
  /** Bytes of a line whose end has not come, at the start of the memory. */
  #kept = 0
  #received = 0
  #isDoubtful = false

  constructor({ agreement }: Pick<ServerTraits, 'agreement'>) {
    this.#agreement = agreement
  }

  space(): Uint8Array {
    return this.#memory.subarray(this.#kept)
  }

  advance(length: number): void {
    this.#received += length
    const memory = this.#memory
    const end = this.#kept + length
    let start = 0
    let lineEnd = memory.indexOf(lf, this.#kept)
    while (lineEnd >= 0 && lineEnd < end) {
      if (this.#received <= listingBytesMax) this.#read(memory, start, lineEnd)
      start = lineEnd + 1
      lineEnd = memory.indexOf(lf, start)
    }
    if (start === 0 && end === memory.length) {
      this.#isDoubtful = true // A line without end; what follows it is read on.
      start = end
    }
    memory.copyWithin(0, start, end)
    this.#kept = end - start
  }

  /** A line that has come in a reply. */
  add(line: string): void {
    const bytes = encodeName(line)
    this.#read(bytes, 0, bytes.length)
  }

  /** After the last byte. EFBIG: too much has come. */
  lines(): Lines<FactAttributes> {
    if (this.#received > listingBytesMax) {
      throw new ErrnoError('EFBIG', `a listing of more than ${listingBytesMax} bytes`)
    }
    return { entries: this.#entries, isDoubtful: this.#isDoubtful || this.#kept > 0 }
  }

  #read(bytes: Buffer, start: number, lineEnd: number): void {
    const { times, escapesPaths } = this.#agreement
    // Stock ends lines with a lone LF, so there a CR is part of the name.
    const hasCr = times === 'utc' && lineEnd > start && bytes[lineEnd - 1] === cr
    const end = hasCr ? lineEnd - 1 : lineEnd
    const entry = readFactEntry(bytes, start, end, times)
    if (entry?.isListed === false) return
    const text = entry && textOf(bytes, entry.nameStart, end)
    const name = text !== undefined && escapesPaths ? unescapePath(text) : text
    if (name === undefined || !entry?.attributes || this.#entries.has(name)) this.#isDoubtful = true
    else this.#entries.set(name, entry.attributes)
  }
}
