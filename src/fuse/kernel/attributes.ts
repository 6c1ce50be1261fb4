/** Attributes of files between the vfs's form and fuse.h's. */

import { epochNsOf, timespecOf } from '../../support/timespec.ts'
import type { AttributeChanges, Attributes } from '../../vfs/attributes.ts'
import type { Entry, NegativeEntry, TimedAttributes } from '../../vfs/filesystem.ts'
import type { attr, attrOut, setattrIn, statxOut, sxTime } from './attribute-structs.ts'
import { modeOf } from '../file-mode.ts'
import { blocksOf, preferredIoBytes } from '../stat-fields.ts'
import { setattrValid as valid, statxMask } from './flags.ts'
import type { CodecValue } from './struct.ts'
import type { entryOut } from './structs.ts'
import { timeoutOf } from './timeout.ts'

type Attr = CodecValue<typeof attr>
type AttrOut = CodecValue<typeof attrOut>
type EntryOut = CodecValue<typeof entryOut>
type StatxOut = CodecValue<typeof statxOut>
type SetattrIn = CodecValue<typeof setattrIn>

const noAttributes: Attr = {
  ino: 0,
  size: 0,
  blocks: 0,
  atime: 0n,
  mtime: 0n,
  ctime: 0n,
  atimensec: 0,
  mtimensec: 0,
  ctimensec: 0,
  mode: 0,
  nlink: 0,
  uid: 0,
  gid: 0,
  rdev: 0,
  blksize: 0,
  flags: 0,
}

/** Not looked up: the kernel caches nothing (in readdirplus: learns the name alone). */
export const noEntry: EntryOut = {
  nodeid: 0,
  generation: 0,
  entry_valid: 0,
  attr_valid: 0,
  entry_valid_nsec: 0,
  attr_valid_nsec: 0,
  attr: noAttributes,
}

export function attrOutOf({ attributes, attributeTimeoutMs }: TimedAttributes): AttrOut {
  const timeout = timeoutOf(attributeTimeoutMs)
  return {
    attr_valid: timeout.seconds,
    attr_valid_nsec: timeout.nanoseconds,
    attr: attrOf(attributes),
  }
}

export function statxOutOf(timed: TimedAttributes): StatxOut {
  const { attr_valid, attr_valid_nsec, attr: basic } = attrOutOf(timed)
  const { birthTimeNs } = timed.attributes
  return {
    attr_valid,
    attr_valid_nsec,
    stat: {
      mask: statxMask.BASIC_STATS | (birthTimeNs === undefined ? 0 : statxMask.BTIME),
      blksize: basic.blksize,
      attributes: 0n,
      nlink: basic.nlink,
      uid: basic.uid,
      gid: basic.gid,
      mode: basic.mode,
      ino: basic.ino,
      size: basic.size,
      blocks: basic.blocks,
      attributes_mask: 0n,
      atime: { tv_sec: basic.atime, tv_nsec: basic.atimensec },
      btime: sxTimeOf(birthTimeNs ?? 0n),
      ctime: { tv_sec: basic.ctime, tv_nsec: basic.ctimensec },
      mtime: { tv_sec: basic.mtime, tv_nsec: basic.mtimensec },
      rdev_major: 0,
      rdev_minor: 0,
      dev_major: 0,
      dev_minor: 0,
    },
  }
}

export function entryOutOf(entry: Entry | NegativeEntry): EntryOut {
  const entryTimeout = timeoutOf(entry.entryTimeoutMs)
  if (!('attributes' in entry)) {
    return {
      ...noEntry,
      entry_valid: entryTimeout.seconds,
      entry_valid_nsec: entryTimeout.nanoseconds,
    }
  }
  const attributeTimeout = timeoutOf(entry.attributeTimeoutMs)
  return {
    nodeid: entry.nodeid,
    generation: entry.generation,
    entry_valid: entryTimeout.seconds,
    attr_valid: attributeTimeout.seconds,
    entry_valid_nsec: entryTimeout.nanoseconds,
    attr_valid_nsec: attributeTimeout.nanoseconds,
    attr: attrOf(entry.attributes),
  }
}

/** Which changes a SETATTR asks for, all in one. */
export function attributeChangesOf(args: SetattrIn): AttributeChanges {
  const has = (bit: number): boolean => (args.valid & bit) !== 0
  return {
    ...(has(valid.MODE) && { mode: args.mode & 0o7777 }),
    ...(has(valid.UID) && { uid: args.uid }),
    ...(has(valid.GID) && { gid: args.gid }),
    ...(has(valid.SIZE) && { size: args.size }),
    ...(has(valid.ATIME) && { atimeNs: epochNsOf(args.atime, args.atimensec) }),
    ...(has(valid.MTIME) && { mtimeNs: epochNsOf(args.mtime, args.mtimensec) }),
    // The kernel sets *_NOW together with the plain bit: "now" wins.
    ...(has(valid.ATIME_NOW) && { atimeNs: 'now' }),
    ...(has(valid.MTIME_NOW) && { mtimeNs: 'now' }),
  }
}

function sxTimeOf(epochNs: bigint): CodecValue<typeof sxTime> {
  const { seconds, nanoseconds } = timespecOf(epochNs)
  return { tv_sec: seconds, tv_nsec: nanoseconds }
}

function attrOf(attributes: Attributes): Attr {
  const { atimeNs, mtimeNs, ctimeNs, size } = attributes
  const mtime = timespecOf(mtimeNs)
  // Often all three are one time; division of bigints is the most costly part of a GETATTR.
  const atime = atimeNs === mtimeNs ? mtime : timespecOf(atimeNs)
  const ctime = ctimeNs === mtimeNs ? mtime : timespecOf(ctimeNs)
  return {
    ino: attributes.ino,
    size,
    blocks: blocksOf(size),
    atime: atime.seconds,
    mtime: mtime.seconds,
    ctime: ctime.seconds,
    atimensec: atime.nanoseconds,
    mtimensec: mtime.nanoseconds,
    ctimensec: ctime.nanoseconds,
    mode: modeOf(attributes.type, attributes.mode),
    nlink: attributes.nlink,
    uid: attributes.uid,
    gid: attributes.gid,
    rdev: 0,
    blksize: preferredIoBytes,
    flags: 0,
  }
}
