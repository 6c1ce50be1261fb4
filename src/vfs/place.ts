import type { Inode } from './inode.ts'

/** Where a name is or will be. */
export interface Place {
  readonly parent: Inode
  readonly name: string
}
