/**
 * What a session can do where files are those of a POSIX system, beyond what UFTP needs
 * (storage.ts). The last name of a path is not followed unless said otherwise.
 */

export interface Owner {
  readonly uid: number
  readonly gid: number
}

export type NodeKind = 'file' | 'directory' | 'fifo' | 'socket'

/** Half open. */
export interface CopiedRange {
  readonly start: number
  readonly end: number
}

export interface PlaceStatistics {
  readonly blockSize: bigint
  readonly blocks: bigint
  readonly freeBlocks: bigint
  readonly availableBlocks: bigint
  readonly files: bigint
  readonly freeFiles: bigint
  readonly nameLength: number
}

export interface PosixStorage {
  /** As whom the session acts. */
  readonly identity: Owner
  /** It may give files to anybody, with any mode; a file system may refuse all the same. */
  readonly givesFiles: boolean
  /** FIFOs and sockets can be made. */
  readonly makesNodes: boolean
  /** `renameExclusively` and `exchange` work. */
  readonly renamesSpecially: boolean

  /**
   * Makes what is not there, with exactly this mode and, if given, owner: nobody sees it with
   * other rights than these or none. In a set-group-ID directory the group is the directory's and
   * new directories inherit the bit.
   */
  create(path: string, kind: NodeKind, mode: number, owner?: Owner): Promise<void>
  symlink(target: string, path: string, owner?: Owner): Promise<void>
  link(existing: string, path: string): Promise<void>

  /** EEXIST when there is something at `to`. */
  renameExclusively(from: string, to: string): Promise<void>
  exchange(from: string, to: string): Promise<void>

  setOwner(path: string, owner: Partial<Owner>): Promise<void>

  /** Of a regular file; links are followed, as by all that follow. */
  truncate(path: string, size: number): Promise<void>
  /** Of a regular file or a directory. */
  sync(path: string): Promise<void>
  /**
   * Resolves with the bytes copied, fewer only where `from` ends. `alive` is called after each
   * piece and may stop the copying by throwing.
   */
  copy(
    from: string,
    range: CopiedRange,
    to: string,
    offset: number,
    alive: () => Promise<void>,
  ): Promise<number>
  statistics(path: string): Promise<PlaceStatistics>
}
