import { describe, expect, it } from 'vitest'
import { deferred } from '../../../src/support/deferred.ts'
import { rootNodeid } from '../../../src/vfs/filesystem.ts'
import { MemoryRemote } from '../../support/vfs/memory-remote.ts'
import { caller, VfsSession } from '../../support/vfs/vfs-session.ts'

const plain = { noReplace: false, exchange: false }

async function sessionWith(content = 'content') {
  const session = await VfsSession.create({}, new MemoryRemote())
  session.remote.put('/a', content)
  const { nodeid } = await session.existing('a')
  const link = (name: string) => session.vfs.link(nodeid, rootNodeid, name, caller)
  const unlink = (name: string) => session.vfs.unlink(rootNodeid, name, caller)
  const rename = (from: string, to: string, flags = plain) =>
    session.vfs.rename(rootNodeid, from, rootNodeid, to, flags, caller)
  const stat = async () => {
    const { attributes } = await session.vfs.getAttributes(nodeid, undefined, caller)
    session.vfs.assertInvariants()
    return attributes
  }
  return { session, remote: session.remote, nodeid, link, unlink, rename, stat }
}

describe('hard links', () => {
  it('are one inode, whose count of links is right at once', async () => {
    const { session, nodeid, link, unlink, stat } = await sessionWith()
    const entry = await link('b')
    expect(entry).toMatchObject({ nodeid, attributes: { nlink: 2 } })
    expect(await session.existing('b')).toMatchObject({ nodeid })
    expect((await stat()).nlink).toBe(2)
    await unlink('a')
    expect(await stat()).toMatchObject({ nlink: 1, ino: entry.attributes.ino })
    expect(await session.lookup('a')).toBeUndefined()
    await unlink('b')
    expect((await stat()).nlink).toBe(0)
  })

  it('are found to be one inode when they were made behind the mount', async () => {
    const { session, remote, nodeid } = await sessionWith()
    remote.putLink('/a', '/b')
    session.expireCaches()
    await session.names()
    expect(await session.existing('b')).toMatchObject({ nodeid, attributes: { nlink: 2 } })
  })

  it('share content, unwritten bytes and errors', async () => {
    const { session, remote, link, unlink } = await sessionWith('0123456789')
    await link('b')
    const one = await session.open('a')
    const other = await session.open('b')
    await session.write(one, 2, 'new')
    expect(await session.read(other, 0, 100)).toBe('01new56789')
    await unlink('a')
    await session.close(one)
    expect(remote.text('/b')).toBe('01new56789')
    expect([...remote.nodes.keys()]).toEqual(['/', '/b'])
    await session.close(other)
  })

  it('keep the file for its handles when the last name goes', async () => {
    const { session, remote, link, unlink, stat } = await sessionWith('0123')
    await link('b')
    const fh = await session.open('a')
    await unlink('a')
    await unlink('b')
    expect((await stat()).nlink).toBe(0)
    expect(await session.names()).toEqual(['.', '..'])
    await session.write(fh, 4, '45')
    expect(await session.read(fh, 0, 100)).toBe('012345')
    await session.close(fh)
    expect((await stat()).nlink).toBe(0)
    expect([...remote.nodes.keys()]).toEqual(['/'])
  })

  it('rename onto each other does nothing', async () => {
    const { remote, link, rename, stat } = await sessionWith()
    await link('b')
    await rename('a', 'b')
    expect([...remote.nodes.keys()]).toEqual(['/', '/a', '/b'])
    expect((await stat()).nlink).toBe(2)
    const keep = { noReplace: true, exchange: false }
    await expect(rename('a', 'b', keep)).rejects.toMatchObject({ code: 'EEXIST' })
  })

  it('keep their other names when one is renamed or replaced', async () => {
    const { session, remote, nodeid, link, rename, stat } = await sessionWith()
    await link('b')
    await rename('a', 'c')
    expect(await session.existing('c')).toMatchObject({ nodeid })
    remote.put('/x', 'other')
    session.expireCaches()
    const fh = await session.open('b')
    await rename('x', 'b')
    expect((await stat()).nlink).toBe(1)
    await session.write(fh, 0, 'CON')
    await session.close(fh)
    expect([remote.text('/b'), remote.text('/c')]).toEqual(['other', 'CONtent'])
  })

  it('survive the loss of a name behind the mount', async () => {
    const { session, remote, link, unlink, stat } = await sessionWith()
    await link('b')
    remote.nodes.delete('/a')
    remote.get('/b').nlink = 1
    session.expireCaches()
    expect((await stat()).nlink).toBe(1)
    expect(await session.lookup('a')).toBeUndefined()
    await unlink('b')
    expect([...remote.nodes.keys()]).toEqual(['/'])
  })

  it('follow a rename behind the mount with unwritten bytes', async () => {
    const { session, remote, nodeid } = await sessionWith()
    const fh = await session.open('a')
    remote.nodes.set('/moved', remote.get('/a'))
    remote.nodes.delete('/a')
    session.expireCaches()
    expect(await session.existing('moved')).toMatchObject({ nodeid })
    await session.write(fh, 0, 'CON')
    await session.close(fh)
    expect(remote.text('/moved')).toBe('CONtent')
  })

  it('are not made of directories, of removed files, or onto names', async () => {
    const { session, nodeid, link, unlink } = await sessionWith()
    const directory = await session.vfs.makeDirectory(rootNodeid, 'd', 0o755, caller)
    const linking = session.vfs.link(directory.nodeid, rootNodeid, 'e', caller)
    await expect(linking).rejects.toMatchObject({ code: 'EPERM' })
    await expect(link('d')).rejects.toMatchObject({ code: 'EEXIST' })
    await session.open('a')
    await unlink('a')
    await expect(session.vfs.link(nodeid, rootNodeid, 'b', caller)).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })

  it('write what is pending to names that are not known before the known one goes', async () => {
    const { session, remote, unlink } = await sessionWith('0123')
    remote.putLink('/a', '/elsewhere')
    session.expireCaches()
    const fh = await session.open('a')
    await session.write(fh, 0, 'new')
    await unlink('a')
    expect(remote.text('/elsewhere')).toBe('new3')
    await session.close(fh)
    expect([...remote.nodes.keys()]).toEqual(['/', '/elsewhere'])
  })

  it('are not believed to be as an old listing told them', async () => {
    const { session, remote, nodeid, unlink } = await sessionWith()
    remote.putLink('/a', '/b')
    session.expireCaches()
    await session.names()
    await session.existing('a')
    await unlink('a')
    session.vfs.forget(nodeid, 10)
    expect((await session.existing('b')).attributes.nlink).toBe(1)
  })

  it.each([
    ['link, rename and write', ['link', 'rename', 'write']],
    ['rename, unlink and write', ['rename', 'unlink', 'write']],
    ['unlink of both names and write', ['unlink', 'unlinkOther', 'write']],
  ] as const)('hold together when %s overlap', async (_, verbs) => {
    const { session, remote, link, unlink, rename } = await sessionWith('0123')
    await link('b')
    const fh = await session.open('a')
    await session.write(fh, 0, 'X')
    const held = deferred()
    const acts = {
      link: () => link('c'),
      rename: () => rename('a', 'd'),
      unlink: () => unlink('a'),
      unlinkOther: () => unlink('b'),
      write: async () => {
        await session.write(fh, 1, 'Y')
        await session.flush(fh)
      },
    }
    let waiting = 0
    remote.after = () => {
      waiting += 1
      return held.promise
    }
    const running = verbs.map((verb) => acts[verb]().catch((error: unknown) => error))
    await expect.poll(() => waiting).toBeGreaterThan(0)
    held.resolve()
    const results = await Promise.all(running)
    // Two changes of one name: the kernel lets only one begin; the other finds the name gone.
    const failures = results.filter((result) => result instanceof Error)
    expect(failures.every((error) => (error as { code?: string }).code === 'ENOENT')).toBe(true)
    session.vfs.assertInvariants()
    expect(await session.read(fh, 0, 100)).toBe('XY23')
    await session.close(fh)
    const contents = [...remote.nodes.values()].filter(({ type }) => type === 'file')
    expect(contents.every(({ content }) => content.toString() === 'XY23')).toBe(true)
    expect([...remote.nodes.keys()].some((path) => path.includes('hidden'))).toBe(false)
  })

  it('are EPERM where there are none', async () => {
    const session = await VfsSession.create()
    session.remote.put('/a', '')
    const { nodeid } = await session.existing('a')
    const linking = session.vfs.link(nodeid, rootNodeid, 'b', caller)
    await expect(linking).rejects.toMatchObject({ code: 'EPERM' })
  })
})

describe('symbolic links', () => {
  it('are seen themselves, with their target and its length, also when it leads nowhere', async () => {
    const { session, remote } = await sessionWith()
    remote.putSymlink('/there', 'nowhere/ä')
    const there = await session.existing('there')
    expect(there.attributes).toMatchObject({ type: 'symlink', size: 10, mode: 0o777 })
    expect(await session.vfs.readLink(there.nodeid)).toBe('nowhere/ä')
    const made = await session.vfs.makeSymlink(rootNodeid, 'made', '../x', caller)
    expect(await session.vfs.readLink(made.nodeid)).toBe('../x')
    expect(remote.get('/made').target).toBe('../x')
  })

  it('are removed, renamed and linked themselves', async () => {
    const { session, remote, rename, unlink } = await sessionWith()
    const { nodeid } = await session.vfs.makeSymlink(rootNodeid, 'l', 'a', caller)
    await rename('l', 'm')
    await session.vfs.link(nodeid, rootNodeid, 'n', caller)
    await unlink('m')
    expect([...remote.nodes.keys()]).toEqual(['/', '/a', '/n'])
    expect(remote.text('/a')).toBe('content')
  })

  it('are another inode when another link took the place', async () => {
    const { session, remote } = await sessionWith()
    remote.putSymlink('/l', 'one')
    const before = await session.existing('l')
    const { fileId } = remote.get('/l')
    remote.putSymlink('/l', 'two')
    Object.assign(remote.get('/l'), { fileId, birthTimeNs: undefined })
    session.expireCaches()
    const after = await session.existing('l')
    expect(after.nodeid).not.toBe(before.nodeid)
    expect(await session.vfs.readLink(after.nodeid)).toBe('two')
  })

  it('cannot be opened, and other files have no target', async () => {
    const { session, nodeid } = await sessionWith()
    session.remote.putSymlink('/l', 'a')
    await expect(session.open('l')).rejects.toMatchObject({ code: 'ELOOP' })
    await expect(session.vfs.readLink(nodeid)).rejects.toMatchObject({ code: 'EINVAL' })
  })
})
