/** Attributes out of lines of facts (MLST, MLSD): read from the bytes in one pass. */

import { decodeName } from '../support/name-bytes.ts'
import type { EntryType, FactAttributes } from './file-attributes.ts'
import { readDigits, readTimeValue, scanFacts } from './wire/facts.ts'
import { unescapePath } from './wire/path-escape.ts'
import { smallLetterOf, WordTable } from './wire/word-table.ts'

export interface FactEntry {
  /** Where the name starts. */
  readonly nameStart: number
  /** False for the line of the listed directory itself or its parent. */
  readonly isListed: boolean
  /** Undefined when size or type is missing or malformed. */
  readonly attributes: FactAttributes | undefined
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }
type Found = Mutable<Omit<FactAttributes, 'type' | 'size'>> & {
  type: EntryType | undefined
  size: number | undefined
}
/** A line as far as it has been read. */
interface Draft {
  isListed: boolean
  readonly found: Found
}
type FactReader = (draft: Draft, bytes: Buffer, start: number, end: number) => void

/** S_IFMT and its values (stat.h). */
const typeMask = 0o170000
const typesByBits = new Map<number, EntryType>([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symlink'],
  [0o010000, 'fifo'],
  [0o140000, 'socket'],
  [0o020000, 'character-device'],
  [0o060000, 'block-device'],
])
const modeDigitsMax = 7

const typesByWord = new WordTable<{ type: EntryType; isListed: boolean }>({
  file: { type: 'file', isListed: true },
  dir: { type: 'directory', isListed: true },
  cdir: { type: 'directory', isListed: false },
  pdir: { type: 'directory', isListed: false },
  'os.unix=slink': { type: 'symlink', isListed: true },
})

/** UFTPD's letters (`rwx`, for directories `lwe`) and those of RFC 3659 §7.5.5 for the same. */
const accessBits = new Map(
  Object.entries({ r: 4, l: 4, w: 2, c: 2, x: 1, e: 1 }).map(([letter, bit]) => [
    letter.charCodeAt(0),
    bit,
  ]),
)

const stockReaders: Readonly<Record<string, FactReader>> = {
  type(draft, bytes, start, end) {
    const told = typesByWord.get(bytes, start, end)
    if (!told) return
    draft.isListed = told.isListed
    // The mode's bits tell more kinds.
    draft.found.type ??= told.type
  },
  size({ found }, bytes, start, end) {
    found.size = readDigits(bytes, start, end)
  },
  modify({ found }, bytes, start, end) {
    found.mtimeNs = readTimeValue(bytes, start, end)
  },
  perm({ found }, bytes, start, end) {
    let access = 0
    for (let index = start; index < end; index++) {
      access |= accessBits.get(smallLetterOf(bytes[index]!)) ?? 0
    }
    found.access = access
  },
  'unix.mode'({ found }, bytes, start, end) {
    const bits = end - start > modeDigitsMax ? undefined : readDigits(bytes, start, end, 8)
    if (bits === undefined) return
    found.mode = bits & 0o7777
    found.type = typesByBits.get(bits & typeMask) ?? found.type
  },
}

/** What only servers that select facts tell. */
const furtherReaders: Readonly<Record<string, FactReader>> = {
  create: timeReader('birthTimeNs'),
  'unix.atime': timeReader('atimeNs'),
  'unix.ctime': timeReader('ctimeNs'),
  'unix.nlink': numberReader('nlink'),
  'unix.uid': numberReader('uid'),
  'unix.gid': numberReader('gid'),
  unique({ found }, bytes, start, end) {
    found.fileId = textOf(bytes, start, end)
  },
  'unix.slink'({ found }, bytes, start, end) {
    const target = unescapePath(textOf(bytes, start, end))
    if (target !== undefined) found.linkTarget = target
  },
}

const readers = {
  local: new WordTable(stockReaders),
  utc: new WordTable({ ...stockReaders, ...furtherReaders }),
}

/**
 * Of the line `bytes[start, end)`, without the leading space of MLST and without its end. Undefined when
 * malformed. `modify` is taken as UTC; the other times count only where it is.
 */
export function readFactEntry(
  bytes: Buffer,
  start: number,
  end: number,
  times: 'local' | 'utc',
): FactEntry | undefined {
  const found: Found = {
    type: undefined,
    size: undefined,
    mode: undefined,
    access: undefined,
    mtimeNs: undefined,
  }
  const draft: Draft = { isListed: true, found }
  const nameStart = scanFacts(bytes, start, end, (from, equals, to) => {
    readers[times].get(bytes, from, equals)?.(draft, bytes, equals + 1, to)
  })
  if (nameStart < 0) return undefined
  return { nameStart, isListed: draft.isListed, attributes: isComplete(found) ? found : undefined }
}

/** Of text that is not known to be ASCII: most is. */
export function textOf(bytes: Buffer, start: number, end: number): string {
  for (let index = start; index < end; index++) {
    if (bytes[index]! >= 0x80) return decodeName(bytes.subarray(start, end))
  }
  return bytes.toString('latin1', start, end)
}

function isComplete(found: Found): found is Found & Pick<FactAttributes, 'type' | 'size'> {
  return found.type !== undefined && found.size !== undefined
}

function timeReader(key: 'birthTimeNs' | 'atimeNs' | 'ctimeNs'): FactReader {
  return ({ found }, bytes, start, end) => {
    const value = readTimeValue(bytes, start, end)
    if (value !== undefined) found[key] = value
  }
}

function numberReader(key: 'nlink' | 'uid' | 'gid'): FactReader {
  return ({ found }, bytes, start, end) => {
    const value = readDigits(bytes, start, end)
    if (value !== undefined) found[key] = value
  }
}
