/** The parts of a file system and how they are joined. */

import { setMaxListeners } from 'node:events'
import type { Clock } from '../support/clock.ts'
import type { Logger } from '../support/logger.ts'
import { Allocator } from './allocator.ts'
import { AttributeCache } from './attribute-cache.ts'
import { AttributeChanger } from './attribute-changes.ts'
import type { RemoteAttributes } from './attributes.ts'
import { BlockCache } from './block-cache.ts'
import { ContentMemory } from './content-memory.ts'
import { Changes } from './changes.ts'
import { EntryView } from './entry-view.ts'
import { FileContent } from './file-content.ts'
import { FileReader } from './file-reader.ts'
import type { Invalidation } from './filesystem.ts'
import { StatisticsOfRemote } from './filesystem-statistics.ts'
import { HiddenFiles } from './hidden-files.ts'
import type { Inode, Name } from './inode.ts'
import { InodeTable } from './inode-table.ts'
import { ListingCache } from './listing-cache.ts'
import { NameRemoval } from './name-removal.ts'
import { Names } from './names.ts'
import { Namespace } from './namespace.ts'
import { NewEntries } from './new-entries.ts'
import { OpenDirectories } from './open-directories.ts'
import { OpenFiles } from './open-files.ts'
import { PageFetcher } from './page-fetcher.ts'
import { Ownership } from './ownership.ts'
import { RangeCopier } from './range-copier.ts'
import { tuneReads } from './read-tuning.ts'
import type { Remote } from './remote.ts'
import { TransferGate } from './transfer-gate.ts'
import type { VfsOptions } from './vfs-options.ts'
import { WriteBack } from './write-back.ts'

export interface VfsContext {
  readonly remote: Remote
  readonly options: VfsOptions
  readonly clock: Clock
  readonly log: Logger
}

/** Memory beside the cache's own: for pages that readers still hold when they have aged out. */
const spareBytes = 4 * 2 ** 20

export type Parts = ReturnType<typeof joinParts>

/** `kernel`: who is told what is void of what it holds. */
export function joinParts(context: VfsContext, root: RemoteAttributes, kernel: Invalidation) {
  const { options, clock } = context
  const ended = new AbortController()
  setMaxListeners(0, ended.signal) // one for each fetch under way
  const listings = new ListingCache(clock, options)
  const memory = new ContentMemory(options.cacheBytes + spareBytes)
  const cache = new BlockCache(options.cacheBytes, memory)
  const table = new InodeTable(root, (inode) => {
    listings.drop(inode)
    cache.forget(inode)
  })
  const gate = new TransferGate()
  const onNameLost = ({ parent, name }: Name): void => kernel.invalidateEntry(parent.nodeid, name)
  const attributes = new AttributeCache({
    ...context,
    gate,
    table,
    timeoutMs: options.attributeTimeoutMs,
    onContentChange: ({ nodeid }: Inode) => kernel.invalidateInode(nodeid),
    onSizeChange: ({ nodeid }: Inode) => kernel.invalidateAttributes(nodeid),
    onNameLost,
    onAsked: (directory, tookMs) => names.asked(directory, tookMs),
    onOwnChange: (inode) => listings.changed(inode),
  })
  const ownership = new Ownership(options, context.remote)
  const shared = {
    ...context,
    table,
    attributes,
    onNameLost,
    ownership,
    cache,
    memory,
    changes: new Changes(options),
    gate,
    listings,
    view: new EntryView(attributes, options, ownership),
    dirtyBytes: options.dirtyBytes,
    ended: ended.signal,
    tuning: () => tuneReads(context.remote.roundTripMs, options),
  }
  const writeBack = new WriteBack(shared)
  const names = new Names(shared)
  const removal = new NameRemoval({ ...shared, writeBack })
  const hidden = new HiddenFiles({ ...shared, names, writeBack, removal })
  const namespace = new Namespace({ ...shared, names, writeBack, removal, hidden })
  const reader = new FileReader(new PageFetcher(shared), ended.signal)
  const content = new FileContent(reader, writeBack, attributes)
  const files = new OpenFiles({ ...shared, hidden, writeBack, content })
  return {
    remote: context.remote,
    options,
    ended,
    table,
    attributes,
    listings,
    cache,
    changes: shared.changes,
    view: shared.view,
    names,
    namespace,
    hidden,
    statistics: new StatisticsOfRemote(context),
    writeBack,
    files,
    changer: new AttributeChanger({ ...shared, writeBack }),
    entries: new NewEntries({ ...shared, names, namespace, files }),
    directories: new OpenDirectories({
      ...shared,
      names,
      onNamesExpired: ({ nodeid }) => kernel.invalidateInode(nodeid),
    }),
    allocator: new Allocator({ attributes, writeBack }),
    copier: new RangeCopier({ ...shared, content, writeBack }),
  }
}
