/**
 * Packs directory entries into the reply of READDIR or READDIRPLUS: as many as fit. An entry counts
 * as looked up only when it went into the reply, so `resolve` is called after its room is known.
 */

import { ErrnoError } from '../../support/errno-error.ts'
import { encodeName } from '../../support/name-bytes.ts'
import type { DirectoryEntry } from '../../vfs/filesystem.ts'
import { modeOf } from '../file-mode.ts'
import { entryOutOf, noEntry } from './attributes.ts'
import { direntAlignment } from './flags.ts'
import type { Frame } from './frame.ts'
import { frameOf } from './frame.ts'
import { alignUp } from './struct.ts'
import { dirent, direntplus, entryOut } from './structs.ts'

/** The reply to READDIR, at most `sizeBytes` long; empty when there are no entries. */
export function packDirents(entries: Iterable<DirectoryEntry>, sizeBytes: number): Uint8Array {
  return pack(entries, sizeBytes, dirent.size, (frame, at, entry, nameBytes) =>
    encodeDirent(frame, at, entry, nameBytes),
  )
}

/** The reply to READDIRPLUS: each entry with what a LOOKUP of it would answer. */
export function packDirentsPlus(entries: Iterable<DirectoryEntry>, sizeBytes: number): Uint8Array {
  return pack(entries, sizeBytes, direntplus.size, (frame, at, entry, nameBytes) => {
    const entryAt = at + direntplus.offsets.entry_out
    const resolved = entry.resolve?.()
    entryOut.encode(frame.view, entryAt, resolved ? entryOutOf(resolved) : noEntry)
    encodeDirent(frame, at + direntplus.offsets.dirent, entry, nameBytes)
  })
}

/** The nodeids that a reply to READDIRPLUS counts as looked up. */
export function* lookedUpIn(packed: Uint8Array): Generator<number> {
  const { view } = frameOf(Buffer.from(packed.buffer, packed.byteOffset, packed.length))
  for (let at = 0; at < packed.length;) {
    const record = direntplus.decode(view, at)
    if (record.entry_out.nodeid !== 0) yield record.entry_out.nodeid
    at = alignUp(at + direntplus.size + record.dirent.namelen, direntAlignment)
  }
}

/** dirent.h: DT_ numbers are st_mode's type bits, shifted right (IFTODT). */
const direntTypeShift = 12

type EncodeRecord = (frame: Frame, at: number, entry: DirectoryEntry, nameBytes: number) => void

/** Programs ask for up to 1 MiB at once, which few directories fill: the memory grows with need. */
const firstFrameBytes = 16 * 1024

function pack(
  entries: Iterable<DirectoryEntry>,
  sizeBytes: number,
  headBytes: number,
  encodeRecord: EncodeRecord,
): Uint8Array {
  // Zeros are between the records.
  let frame = frameOf(Buffer.alloc(Math.min(sizeBytes, firstFrameBytes)))
  let end = 0
  try {
    for (const entry of entries) {
      if (!isListable(entry.name)) continue
      const name = encodeName(entry.name)
      const nameEnd = end + headBytes + name.length
      const recordEnd = alignUp(nameEnd, direntAlignment)
      if (recordEnd > sizeBytes) {
        // An empty reply would mean the end of the directory.
        if (end === 0) throw new ErrnoError('EINVAL', `no room for a name in ${sizeBytes} bytes`)
        break
      }
      if (recordEnd > frame.bytes.length) frame = enlarged(frame, sizeBytes)
      encodeRecord(frame, end, entry, name.length)
      frame.bytes.set(name, end + headBytes)
      end = recordEnd
    }
  } catch (error) {
    // What is packed counts as looked up and must arrive. The next call starts at the entry that
    // failed and meets the error, if it still is one.
    if (end === 0) throw error
  }
  return frame.bytes.subarray(0, end)
}

function enlarged({ bytes }: Frame, limit: number): Frame {
  const larger = frameOf(Buffer.alloc(Math.min(limit, bytes.length * 4)))
  bytes.copy(larger.bytes)
  return larger
}

function encodeDirent(frame: Frame, at: number, entry: DirectoryEntry, nameBytes: number): void {
  dirent.encode(frame.view, at, {
    ino: entry.ino,
    off: entry.cookie,
    namelen: nameBytes,
    type: modeOf(entry.type, 0) >> direntTypeShift,
  })
}

/** The kernel fails the whole listing with EIO for one name that cannot be a name. */
function isListable(name: string): boolean {
  return name !== '' && !name.includes('/') && !name.includes('\0')
}
