import { describe, expect, it } from 'vitest'
import { deferred } from '../../../src/support/deferred.ts'
import { rootNodeid } from '../../../src/vfs/filesystem.ts'
import { caller, readWrite, VfsSession } from '../../support/vfs/vfs-session.ts'

const plain = { noReplace: false, exchange: false }

describe('names', () => {
  it('answers lookups after a listing, of existing and missing names, without asking', async () => {
    const session = await VfsSession.create()
    session.remote.put('/a', '1')
    session.remote.put('/b', '2')
    expect(await session.names()).toEqual(['.', '..', 'a', 'b'])
    session.remote.log.length = 0
    expect(await session.lookup('a')).toBeDefined()
    expect(await session.lookup('missing')).toBeUndefined()
    expect(session.remote.log).toEqual([])
  })

  it('sees what others make and remove once the time for belief is over', async () => {
    const session = await VfsSession.create()
    session.remote.put('/old', '')
    await session.names()
    session.remote.nodes.delete('/old')
    session.remote.put('/new', '')
    session.expireCaches()
    expect(await session.lookup('old')).toBeUndefined()
    expect(await session.lookup('new')).toBeDefined()
    expect(await session.names()).toEqual(['.', '..', 'new'])
  })

  it('finds another inode when a file takes the place of a directory', async () => {
    const session = await VfsSession.create()
    await session.remote.makeDirectory('/x', 0o755)
    const before = await session.existing('x')
    session.remote.nodes.delete('/x')
    session.remote.put('/x', 'a file now')
    session.expireCaches()
    const asking = session.vfs.getAttributes(before.nodeid, undefined, caller)
    await expect(asking).rejects.toMatchObject({ code: 'ESTALE' })
    const after = await session.existing('x')
    expect(after.attributes.type).toBe('file')
    expect(after.nodeid).not.toBe(before.nodeid)
  })

  it('keeps own changes of attributes when the kernel forgets a listed name', async () => {
    const session = await VfsSession.create()
    session.remote.put('/f', 'x')
    await session.names()
    const { nodeid } = await session.existing('f')
    await session.vfs.setAttributes(nodeid, { mode: 0o400 }, undefined, caller)
    session.vfs.forget(nodeid, 1)
    expect((await session.existing('f')).attributes.mode).toBe(0o400)
  })

  it('does not believe a listing or a stat that was under way during an own change', async () => {
    const session = await VfsSession.create()
    const held = deferred()
    session.remote.after = (verb) => (verb === 'list' ? held.promise : undefined)
    const listing = session.names()
    await session.close(await session.create('made'))
    held.resolve()
    await listing
    expect(await session.lookup('made')).toBeDefined()
    expect(await session.names()).toContain('made')
  })

  it('does not bring back an old size from a stat that a write overtook', async () => {
    const session = await VfsSession.create()
    const fh = await session.create('f')
    const { nodeid } = await session.existing('f')
    session.expireCaches()
    const held = deferred()
    session.remote.after = (verb) => (verb === 'stat' ? held.promise : undefined)
    const asking = session.vfs.getAttributes(nodeid, undefined, caller)
    await session.write(fh, 0, 'hello')
    await session.flush(fh)
    held.resolve()
    expect((await asking).attributes.size).toBe(5)
    await session.close(fh)
  })

  it('keeps a removed file readable and writable while it is open, then leaves nothing', async () => {
    const session = await VfsSession.create()
    session.remote.put('/f', 'still here')
    const fh = await session.open('f')
    await session.vfs.unlink(rootNodeid, 'f', caller)
    expect(await session.lookup('f')).toBeUndefined()
    expect(await session.names()).toEqual(['.', '..'])
    await session.write(fh, 0, 'STILL')
    expect(await session.read(fh, 0, 100)).toBe('STILL here')
    await session.flush(fh)
    await session.vfs.release(fh)
    expect([...session.remote.nodes.keys()]).toEqual(['/'])
  })

  it.each([
    ['removed', (s: VfsSession) => s.vfs.unlink(rootNodeid, 'f', caller)],
    ['replaced', (s: VfsSession) => s.vfs.rename(rootNodeid, 'g', rootNodeid, 'f', plain, caller)],
  ] as const)(
    'leaves nothing when the last handle goes while a file is being %s',
    async (_, act) => {
      const session = await VfsSession.create()
      session.remote.put('/f', 'old')
      session.remote.put('/g', 'new')
      const fh = await session.open('f')
      const held = deferred()
      session.remote.after = (verb, path) =>
        verb === 'rename' && path === '/f' ? held.promise : undefined
      const changing = act(session)
      await expect.poll(() => session.remote.log.at(-1)).toBe('rename /f')
      const releasing = session.vfs.release(fh)
      held.resolve()
      await Promise.all([changing, releasing])
      expect([...session.remote.nodes.keys()].filter((name) => name.includes('hidden'))).toEqual([])
    },
  )

  it.each([
    ['removed', (s: VfsSession) => s.vfs.removeDirectory(rootNodeid, 'd', caller)],
    ['replaced', (s: VfsSession) => s.vfs.rename(rootNodeid, 'e', rootNodeid, 'd', plain, caller)],
  ] as const)('is not in the way when its directory is %s', async (_, act) => {
    const session = await VfsSession.create()
    const { nodeid } = await session.vfs.makeDirectory(rootNodeid, 'd', 0o755, caller)
    await session.vfs.makeDirectory(rootNodeid, 'e', 0o755, caller)
    const { file } = await session.vfs.create(nodeid, 'f', 0o644, readWrite, caller)
    await session.write(file.fh, 0, 'content')
    await session.vfs.unlink(nodeid, 'f', caller)
    await act(session)
    expect(await session.read(file.fh, 0, 100)).toBe('content')
    expect((await session.names()).filter((name) => name.includes('hidden'))).toEqual([])
    await session.close(file.fh)
    expect([...session.remote.nodes.keys()].filter((name) => name.includes('hidden'))).toEqual([])
  })

  it('keeps a replaced file readable while it is open', async () => {
    const session = await VfsSession.create()
    session.remote.put('/old', 'old')
    session.remote.put('/new', 'new')
    const fh = await session.open('old')
    await session.vfs.rename(rootNodeid, 'new', rootNodeid, 'old', plain, caller)
    expect(await session.read(fh, 0, 10)).toBe('old')
    const replaced = await session.open('old')
    expect(await session.read(replaced, 0, 10)).toBe('new')
    await session.close(fh)
    await session.close(replaced)
    expect([...session.remote.nodes.keys()]).toEqual(['/', '/old'])
  })

  it('puts the old file back when the rename that replaces it fails', async () => {
    const session = await VfsSession.create()
    session.remote.put('/old', 'old')
    session.remote.put('/new', 'new')
    const fh = await session.open('old')
    session.remote.before = (verb, path) => {
      if (verb === 'rename' && path === '/new') throw new Error('refused')
    }
    const renaming = session.vfs.rename(rootNodeid, 'new', rootNodeid, 'old', plain, caller)
    await expect(renaming).rejects.toThrow('refused')
    expect([...session.remote.nodes.keys()].toSorted()).toEqual(['/', '/new', '/old'])
    expect(await session.names()).toEqual(['.', '..', 'new', 'old'])
    await session.close(fh)
  })

  it('writes what is pending to the new name after a rename', async () => {
    const session = await VfsSession.create()
    const fh = await session.create('before')
    await session.write(fh, 0, 'data')
    await session.vfs.rename(rootNodeid, 'before', rootNodeid, 'after', plain, caller)
    await session.close(fh)
    expect([...session.remote.nodes.keys()]).toEqual(['/', '/after'])
    expect(session.remote.text('/after')).toBe('data')
  })

  it('does not rename under a transfer that is under way', async () => {
    const session = await VfsSession.create()
    const fh = await session.create('a')
    await session.write(fh, 0, 'data')
    const writing = deferred()
    const held = deferred()
    session.remote.before = (verb) => {
      if (verb !== 'write') return undefined
      writing.resolve()
      return held.promise
    }
    const flushing = session.flush(fh)
    await writing.promise
    const renaming = session.vfs.rename(rootNodeid, 'a', rootNodeid, 'b', plain, caller)
    await new Promise(setImmediate)
    expect(session.remote.log).not.toContain('rename /a')
    held.resolve()
    await Promise.all([flushing, renaming])
    expect([...session.remote.nodes.keys()]).toEqual(['/', '/b'])
    await session.close(fh)
  })

  it('follows an interrupted create to its end and keeps nothing of it open', async () => {
    const session = await VfsSession.create()
    const held = deferred()
    session.remote.before = (verb) => (verb === 'create' ? held.promise : undefined)
    const interrupt = new AbortController()
    const creating = session.vfs.create(rootNodeid, 'f', 0o644, readWrite, {
      ...caller,
      signal: interrupt.signal,
    })
    interrupt.abort()
    await expect(creating).rejects.toMatchObject({ name: 'AbortError' })
    held.resolve()
    await expect.poll(() => session.remote.nodes.has('/f')).toBe(true)
    expect(await session.lookup('f')).toBeDefined()
    // Were it still open, it would be hidden instead of removed.
    await session.vfs.unlink(rootNodeid, 'f', caller)
    expect(session.remote.log.at(-1)).toBe('removeFile /f')
  })

  it('follows an interrupted rename to its end', async () => {
    const session = await VfsSession.create()
    session.remote.put('/a', 'content')
    const { nodeid } = await session.existing('a')
    const held = deferred()
    session.remote.after = (verb) => (verb === 'rename' ? held.promise : undefined)
    const interrupt = new AbortController()
    const renaming = session.vfs.rename(rootNodeid, 'a', rootNodeid, 'b', plain, {
      ...caller,
      signal: interrupt.signal,
    })
    await expect.poll(() => session.remote.log.at(-1)).toBe('rename /a')
    interrupt.abort()
    await expect(renaming).rejects.toMatchObject({ name: 'AbortError' })
    held.resolve()
    await expect.poll(() => session.remote.nodes.has('/b')).toBe(true)
    await expect.poll(async () => (await session.lookup('b'))?.nodeid).toBe(nodeid)
  })

  it('refuses RENAME_NOREPLACE onto an existing name', async () => {
    const session = await VfsSession.create()
    session.remote.put('/a', '')
    session.remote.put('/b', '')
    const flags = { noReplace: true, exchange: false }
    await expect(
      session.vfs.rename(rootNodeid, 'a', rootNodeid, 'b', flags, caller),
    ).rejects.toMatchObject({ code: 'EEXIST' })
  })

  it('keeps inode numbers when the kernel forgets a path and finds it again', async () => {
    const session = await VfsSession.create()
    session.remote.put('/f', '')
    const first = await session.existing('f')
    session.vfs.forget(first.nodeid, 1)
    const second = await session.existing('f')
    expect(second.nodeid).not.toBe(first.nodeid)
    expect(second.attributes.ino).toBe(first.attributes.ino)
    session.vfs.assertInvariants()
  })

  it.each([
    ['EEXIST', (s: VfsSession) => s.create('file', { exclusive: true })],
    ['EISDIR', (s: VfsSession) => s.vfs.unlink(rootNodeid, 'dir', caller)],
    ['ENOTDIR', (s: VfsSession) => s.vfs.removeDirectory(rootNodeid, 'file', caller)],
    ['ENOTEMPTY', (s: VfsSession) => s.vfs.removeDirectory(rootNodeid, 'dir', caller)],
    ['ENOENT', (s: VfsSession) => s.vfs.unlink(rootNodeid, 'missing', caller)],
    ['ENAMETOOLONG', (s: VfsSession) => s.lookup('ä'.repeat(128))],
    ['EISDIR', (s: VfsSession) => s.open('dir')],
  ] as const)('refuses with %s', async (code, act) => {
    const session = await VfsSession.create()
    session.remote.put('/file', '')
    await session.remote.makeDirectory('/dir', 0o755)
    session.remote.put('/dir/inside', '')
    await expect(act(session)).rejects.toMatchObject({ code })
  })

  it('refuses every change on a read-only mount without asking the far side', async () => {
    const session = await VfsSession.create({ readOnly: true })
    session.remote.put('/f', '')
    const { nodeid } = await session.existing('f')
    session.remote.log.length = 0
    const changes = [
      () => session.create('g'),
      () =>
        session.vfs.open(
          nodeid,
          { access: 'write', append: false, truncate: false, exclusive: false },
          caller,
        ),
      () => session.vfs.unlink(rootNodeid, 'f', caller),
      () => session.vfs.makeDirectory(rootNodeid, 'd', 0o755, caller),
      () => session.vfs.rename(rootNodeid, 'f', rootNodeid, 'g', plain, caller),
      () => session.vfs.setAttributes(nodeid, { mode: 0 }, undefined, caller),
    ]
    for (const change of changes) await expect(change()).rejects.toMatchObject({ code: 'EROFS' })
    expect(session.remote.log).toEqual([])
  })
})
