import { describe, expect, it } from 'vitest'
import { deferred } from '../../../src/support/deferred.ts'
import { silentLogger } from '../../../src/support/logger.ts'
import type { Inode } from '../../../src/vfs/inode.ts'
import { joinParts, type Parts } from '../../../src/vfs/parts.ts'
import { defaultVfsOptions } from '../../../src/vfs/vfs-options.ts'
import { MemoryRemote } from '../../support/vfs/memory-remote.ts'
import { pageBytes } from '../../../src/vfs/page.ts'
import { caller, readWrite, TestClock } from '../../support/vfs/vfs-session.ts'

const silentKernel = {
  invalidateInode: () => {},
  invalidateAttributes: async () => {},
  invalidateEntry: () => {},
}

const fileCount = 100_000

async function partsOver(remote: MemoryRemote): Promise<Parts> {
  const context = { remote, options: defaultVfsOptions, clock: new TestClock(), log: silentLogger }
  return joinParts(context, await remote.stat('/'), silentKernel)
}

async function existing({ names }: Parts, parent: Inode, name: string): Promise<Inode> {
  const inode = await names.lookup(parent, name)
  if (!inode) throw new Error(`${name} does not exist`)
  return inode
}

/** As readdirplus does: each entry counts as looked up. */
async function lookUpAll({ directories, table }: Parts, directory: Inode): Promise<Inode[]> {
  const { fh } = directories.open(directory)
  const found: Inode[] = []
  for (const listed of await directories.read(fh, 0)) {
    const entry = listed.resolve?.()
    if (entry) found.push(table.get(entry.nodeid))
  }
  directories.release(fh)
  return found
}

describe('what the kernel forgets', () => {
  it('leaves nothing behind, 100,000 files long', { timeout: 60_000 }, async () => {
    const remote = MemoryRemote.plain()
    await remote.makeDirectory('/d', 0o755)
    for (let index = 0; index < fileCount; index++) remote.put(`/d/${index}`, '')
    const parts = await partsOver(remote)
    const { table, listings, view } = parts
    const directory = await existing(parts, table.root, 'd')
    view.entry(directory)
    const files = await lookUpAll(parts, directory)
    expect(table.count).toBe(2 + fileCount)
    expect(listings.count).toBeGreaterThanOrEqual(fileCount)
    for (const { nodeid } of files) table.forget(nodeid, 1)
    expect(table.count).toBe(2)
    table.forget(directory.nodeid, 1)
    expect({ inodes: table.count, listed: listings.count }).toEqual({ inodes: 1, listed: 0 })
    table.assertInvariants()
  })

  describe.each(['a', 'missing'])('is not known again by what comes second of "%s"', (name) => {
    async function start() {
      const remote = MemoryRemote.plain()
      await remote.makeDirectory('/d', 0o755)
      const parts = await partsOver(remote)
      const directory = await existing(parts, parts.table.root, 'd')
      parts.view.entry(directory)
      if (name === 'a') remote.put('/d/a', '')
      const held = { list: deferred(), stat: deferred() }
      remote.after = (verb) => (verb === 'list' || verb === 'stat' ? held[verb].promise : undefined)
      const listing = parts.names.list(directory)
      const found = parts.names.lookup(directory, name)
      /** The kernel gets the answer and forgets it; then the other answer comes. */
      const finish = async (): Promise<number> => {
        const inode = await found
        if (inode) parts.table.forget(parts.view.entry(inode).nodeid, 1)
        for (const { resolve } of Object.values(held)) resolve()
        await listing
        await new Promise((resolve) => setImmediate(resolve))
        return parts.table.count
      }
      return { held, finish }
    }

    it('a listing', async () => {
      const { held, finish } = await start()
      held.stat.resolve()
      expect(await finish()).toBe(2)
    })

    it('a question', async () => {
      const { held, finish } = await start()
      held.list.resolve()
      expect(await finish()).toBe(2)
    })
  })

  it('gives back the pages of forgotten files and of old versions, and no others', async () => {
    const remote = MemoryRemote.plain()
    const parts = await partsOver(remote)
    const { table, files, view, cache } = parts
    const nodeids: number[] = []
    for (const name of ['f', 'g']) {
      remote.put(`/${name}`, Buffer.alloc(2 * pageBytes))
      const inode = await existing(parts, table.root, name)
      nodeids.push(view.entry(inode).nodeid)
      const { fh } = await files.open(inode, readWrite)
      await files.read(fh, 0, 2 * pageBytes)
      if (name === 'f') {
        inode.version += 1
        await files.read(fh, 0, 1)
      }
      await files.release(fh)
    }
    // Of f only what was read of its second version.
    expect(cache.bytes).toBe(3 * pageBytes)
    table.forget(nodeids[0]!, 1)
    expect(cache.bytes).toBe(2 * pageBytes)
    table.forget(nodeids[1]!, 1)
    expect(cache.bytes).toBe(0)
  })

  it.each([
    ['unlink', (parts: Parts) => parts.namespace.unlink(parts.table.root, 'd')],
    ['rmdir', (parts: Parts) => parts.namespace.removeDirectory(parts.table.root, 'd')],
    ['symlink', (parts: Parts) => parts.entries.makeSymlink(1, 'd', 'x', caller)],
    [
      'rename',
      ({ namespace, table }: Parts) =>
        namespace.rename(table.root, 'd', table.root, 'e', { noReplace: true, exchange: false }),
    ],
  ])('is not known again because of a %s that fails', async (_, act) => {
    const remote = MemoryRemote.plain()
    for (const path of ['/d', '/d/full', '/e']) await remote.makeDirectory(path, 0o755)
    const parts = await partsOver(remote)
    await expect(act(parts)).rejects.toMatchObject({ name: 'ErrnoError' })
    expect(parts.table.count).toBe(1)
  })
})
