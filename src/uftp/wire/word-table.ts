/**
 * What belongs to each of a few words, found by the word's bytes in either case. A listing has a dozen
 * facts a line: making strings of their names would cost more than reading their values.
 */

interface Row<T> {
  /** In lower case. */
  readonly word: Uint8Array
  readonly value: T
}

/** The bit that makes an ASCII letter small. */
const smallLetter = 0x20

export class WordTable<T> {
  readonly #rows = new Map<number, Row<T>>()

  /** Words in lower case. */
  constructor(values: Readonly<Record<string, T>>) {
    for (const [text, value] of Object.entries(values)) {
      const word = Buffer.from(text)
      const hash = hashOf(word, 0, word.length)
      if (this.#rows.has(hash)) throw new Error(`"${text}" has the hash of another word`)
      this.#rows.set(hash, { word, value })
    }
  }

  /** Of the word `bytes[start, end)`. */
  get(bytes: Uint8Array, start: number, end: number): T | undefined {
    const row = this.#rows.get(hashOf(bytes, start, end))
    if (row?.word.length !== end - start) return undefined
    for (let index = start; index < end; index++) {
      if (smallLetterOf(bytes[index]!) !== row.word[index - start]) return undefined
    }
    return row.value
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0
  for (let index = start; index < end; index++) {
    hash = (Math.imul(hash, 31) + smallLetterOf(bytes[index]!)) | 0
  }
  return hash
}

export function smallLetterOf(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | smallLetter : byte
}
