import type { AnswerTime } from './attribute-cache.ts'
import type { RemoteEntry } from './attributes.ts'
import type { Inode } from './inode.ts'

/** A name as a listing told it. */
export interface ListedEntry extends RemoteEntry {
  readonly time: AnswerTime
}

/**
 * An open directory: the names as they were when reading began, so that changes meanwhile neither
 * repeat nor skip entries. A cookie is a position in it.
 */
export class DirectoryHandle {
  readonly inode: Inode
  /** In listing order; undefined until the first read. */
  snapshot: readonly ListedEntry[] | undefined

  constructor(inode: Inode) {
    this.inode = inode
  }
}
