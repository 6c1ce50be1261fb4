/**
 * Some answers give the kernel something that it will give back one day: lookups and open files.
 * Here is how to take them back when the kernel never got the answer.
 */

import type { Filesystem } from '../../vfs/filesystem.ts'
import { lookedUpIn } from './dirent.ts'
import type { OperationName, Reply } from './operations.ts'

export type Retractions = {
  readonly [N in OperationName]?: (answer: Reply<N>) => Promise<void> | void
}

export function createRetractions(filesystem: Filesystem) {
  const forget = ({ nodeid }: { readonly nodeid: number }): void => {
    if (nodeid !== 0) filesystem.forget(nodeid, 1)
  }
  return {
    LOOKUP: forget,
    MKNOD: forget,
    MKDIR: forget,
    SYMLINK: forget,
    LINK: forget,
    OPEN: ({ fh }) => filesystem.release(fh),
    CREATE: async ({ entry, open }) => {
      // In the kernel's order, even if the file cannot be closed.
      try {
        await filesystem.release(open.fh)
      } finally {
        forget(entry)
      }
    },
    OPENDIR: ({ fh }) => filesystem.releaseDirectory(fh),
    READDIRPLUS: (pieces) => {
      for (const piece of pieces) for (const nodeid of lookedUpIn(piece)) forget({ nodeid })
    },
  } satisfies Retractions
}
