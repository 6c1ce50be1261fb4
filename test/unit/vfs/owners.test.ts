import { describe, expect, it } from 'vitest'
import { rootNodeid } from '../../../src/vfs/filesystem.ts'
import type { VfsOptions } from '../../../src/vfs/vfs-options.ts'
import { MemoryRemote } from '../../support/vfs/memory-remote.ts'
import { caller, readWrite, VfsSession } from '../../support/vfs/vfs-session.ts'

/** The mounting user is 1000; far away we are 500. */
function start(options: Partial<VfsOptions> = {}, remote = new MemoryRemote()) {
  return VfsSession.create(options, remote)
}

const stranger = { uid: 77, gid: 78, pid: 1 }

describe('owners', () => {
  it('are shown as told, but what is ours there is the mounting user’s', async () => {
    const session = await start()
    session.remote.put('/ours', '')
    session.remote.put('/theirs', '', { uid: 33, gid: 34 })
    expect((await session.existing('ours')).attributes).toMatchObject({ uid: 1000, gid: 1000 })
    expect((await session.existing('theirs')).attributes).toMatchObject({ uid: 33, gid: 34 })
  })

  it('are all the same where -o uid and gid say so, and then cannot change', async () => {
    const session = await start({ uid: 5, gid: 6, uidForAll: true, gidForAll: true })
    session.remote.put('/theirs', '', { uid: 33, gid: 34 })
    const { nodeid, attributes } = await session.existing('theirs')
    expect(attributes).toMatchObject({ uid: 5, gid: 6 })
    const changing = session.vfs.setAttributes(nodeid, { uid: 33 }, undefined, caller)
    await expect(changing).rejects.toMatchObject({ code: 'EPERM' })
    await session.vfs.setAttributes(nodeid, { uid: 5, gid: 6 }, undefined, caller)
    expect(session.remote.get('/theirs')).toMatchObject({ uid: 33, gid: 34 })
  })

  it('change in the far side’s numbers, and what that does to the mode is shown', async () => {
    const session = await start()
    session.remote.put('/f', '', { mode: 0o4755 })
    const { nodeid } = await session.existing('f')
    const given = await session.vfs.setAttributes(nodeid, { uid: 33 }, undefined, caller)
    expect(given.attributes).toMatchObject({ uid: 33, gid: 1000, mode: 0o755 })
    const back = await session.vfs.setAttributes(nodeid, { uid: 1000 }, undefined, caller)
    expect(back.attributes.uid).toBe(1000)
    expect(session.remote.get('/f')).toMatchObject({ uid: 500, gid: 500 })
  })

  it('do not change where the far side refuses, or has none', async () => {
    for (const remote of [MemoryRemote.without('giving'), MemoryRemote.plain()]) {
      const session = await start({}, remote)
      session.remote.put('/f', '')
      const { nodeid } = await session.existing('f')
      const changing = session.vfs.setAttributes(nodeid, { uid: 33 }, undefined, caller)
      await expect(changing).rejects.toMatchObject({ code: 'EPERM' })
      const same = { uid: 1000, gid: 1000 }
      const { attributes } = await session.vfs.setAttributes(nodeid, same, undefined, caller)
      expect(attributes).toMatchObject(same)
    }
  })

  it('of new files are whoever makes them, in the far side’s numbers', async () => {
    const session = await start()
    await session.vfs.create(rootNodeid, 'mine', 0o644, readWrite, caller)
    await session.vfs.create(rootNodeid, 'theirs', 0o644, readWrite, stranger)
    await session.vfs.makeDirectory(rootNodeid, 'dir', 0o755, { ...stranger, gid: 1000 })
    await session.vfs.makeSymlink(rootNodeid, 'link', 'x', stranger)
    const fifo = await session.vfs.makeNode(rootNodeid, 'fifo', 'fifo', 0o644, stranger)
    expect(fifo.attributes).toMatchObject({ type: 'fifo', uid: 77, gid: 78 })
    expect(session.remote.get('/mine')).toMatchObject({ uid: 500, gid: 500 })
    expect(session.remote.get('/theirs')).toMatchObject({ uid: 77, gid: 78 })
    expect(session.remote.get('/dir')).toMatchObject({ uid: 77, gid: 500 })
    expect(session.remote.get('/link')).toMatchObject({ uid: 77, gid: 78 })
  })

  it('of new files in a set-group-ID directory have its group', async () => {
    const session = await start()
    const { nodeid } = await session.vfs.makeDirectory(rootNodeid, 'd', 0o2775, caller)
    session.remote.get('/d').gid = 99
    session.expireCaches()
    await session.existing('d')
    await session.vfs.create(nodeid, 'f', 0o644, readWrite, stranger)
    expect(session.remote.get('/d/f')).toMatchObject({ uid: 77, gid: 99 })
  })

  it('of new files are ours where none can be given away', async () => {
    const session = await start({}, MemoryRemote.without('giving'))
    await session.vfs.create(rootNodeid, 'f', 0o644, readWrite, stranger)
    expect(session.remote.get('/f')).toMatchObject({ uid: 500, gid: 500 })
  })
})
