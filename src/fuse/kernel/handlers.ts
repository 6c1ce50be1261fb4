/** From opcodes to verbs: fuse.h's names end here. */

import type { Filesystem } from '../../vfs/filesystem.ts'
import { createDirectoryHandlers } from './directory-handlers.ts'
import { createFileHandlers } from './file-handlers.ts'
import { createNameHandlers } from './name-handlers.ts'
import { createNodeHandlers } from './node-handlers.ts'
import type { Handlers } from './operations.ts'

/** All but those about the session itself. A verb that the file system lacks has no handler. */
export function createHandlers(filesystem: Filesystem): Handlers {
  return {
    ...createNodeHandlers(filesystem),
    ...createNameHandlers(filesystem),
    ...createFileHandlers(filesystem),
    ...createDirectoryHandlers(filesystem),
  }
}
