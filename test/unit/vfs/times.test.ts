/** The rules of POSIX for times, where the far side tells them all and where it tells only mtime. */

import { describe, expect, it } from 'vitest'
import type { AttributeChanges } from '../../../src/vfs/attributes.ts'
import { rootNodeid } from '../../../src/vfs/filesystem.ts'
import { MemoryRemote } from '../../support/vfs/memory-remote.ts'
import { caller, VfsSession } from '../../support/vfs/vfs-session.ts'

const plain = { noReplace: false, exchange: false }

describe.each([
  ['all times', () => new MemoryRemote()],
  ['mtime alone', () => MemoryRemote.plain()],
])('a far side that tells %s', (_, makeRemote) => {
  async function start() {
    const session = await VfsSession.create({}, makeRemote())
    session.remote.put('/f', 'content')
    const { nodeid } = await session.existing('f')
    const stat = async (of = nodeid) =>
      (await session.vfs.getAttributes(of, undefined, caller)).attributes
    const set = (changes: AttributeChanges) =>
      session.vfs.setAttributes(nodeid, changes, undefined, caller)
    // Own time begins later than what the far side has stamped so far.
    session.clock.nowMs = 10 ** 9
    return { session, nodeid, stat, set }
  }

  it.each([
    ['chmod', { mode: 0o600 }, false],
    ['truncate', { size: 3 }, true],
    ['truncate to the same size', { size: 7 }, true],
  ] as const)('%s', async (_verb, changes, changesContent) => {
    const { stat, set } = await start()
    const before = await stat()
    const { attributes } = await set(changes)
    expect(attributes.ctimeNs).toBeGreaterThan(before.ctimeNs)
    expect(attributes.mtimeNs > before.mtimeNs).toBe(changesContent)
    expect(await stat()).toEqual(attributes)
  })

  it('utimens sets what it says, and ctime to now', async () => {
    const { stat, set } = await start()
    const before = await stat()
    await set({ mtimeNs: 5n, atimeNs: 6n })
    expect(await stat()).toMatchObject({ mtimeNs: 5n, atimeNs: 6n })
    expect((await stat()).ctimeNs).toBeGreaterThan(before.ctimeNs)
    await set({ atimeNs: 8n })
    expect(await stat()).toMatchObject({ mtimeNs: 5n, atimeNs: 8n })
  })

  it('write and O_TRUNC of an empty file', async () => {
    const { session, stat } = await start()
    const fh = await session.open('f', { truncate: true })
    const first = await stat()
    await session.write(fh, 0, 'x')
    await session.close(fh)
    const second = await stat()
    expect(second.mtimeNs).toBeGreaterThan(first.mtimeNs)
    expect(second.ctimeNs).toBeGreaterThanOrEqual(second.mtimeNs)
    await session.close(await session.open('f', { truncate: true }))
    session.clock.nowMs += 1000
    await session.close(await session.open('f', { truncate: true }))
    expect((await stat()).mtimeNs).toBeGreaterThan(second.mtimeNs)
  })

  it('rename: of the file only ctime, of both directories mtime', async () => {
    const { session, stat } = await start()
    const { nodeid } = await session.vfs.makeDirectory(rootNodeid, 'd', 0o755, caller)
    const [file, from, to] = [await stat(), await stat(rootNodeid), await stat(nodeid)]
    await session.vfs.rename(rootNodeid, 'f', nodeid, 'g', plain, caller)
    expect(await stat()).toMatchObject({ mtimeNs: file.mtimeNs })
    expect((await stat()).ctimeNs).toBeGreaterThan(file.ctimeNs)
    expect((await stat(rootNodeid)).mtimeNs).toBeGreaterThan(from.mtimeNs)
    expect((await stat(nodeid)).mtimeNs).toBeGreaterThan(to.mtimeNs)
  })

  it('unlink of an open file: its ctime', async () => {
    const { session, stat } = await start()
    const fh = await session.open('f')
    const before = await stat()
    await session.vfs.unlink(rootNodeid, 'f', caller)
    expect((await stat()).ctimeNs).toBeGreaterThan(before.ctimeNs)
    expect((await stat()).nlink).toBe(0)
    await session.close(fh)
  })

  it('what fails changes no time', async () => {
    const { session, stat } = await start()
    session.remote.put('/g', '')
    const [file, directory] = [await stat(), await stat(rootNodeid)]
    const keep = { noReplace: true, exchange: false }
    await expect(
      session.vfs.rename(rootNodeid, 'f', rootNodeid, 'g', keep, caller),
    ).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(session.vfs.makeDirectory(rootNodeid, 'f', 0o755, caller)).rejects.toMatchObject({
      code: 'EEXIST',
    })
    expect([await stat(), await stat(rootNodeid)]).toEqual([file, directory])
  })
})
