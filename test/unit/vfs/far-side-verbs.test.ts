import { describe, expect, it } from 'vitest'
import { ErrnoError } from '../../../src/support/errno-error.ts'
import { rootNodeid } from '../../../src/vfs/filesystem.ts'
import { memoryStatistics, MemoryRemote } from '../../support/vfs/memory-remote.ts'
import { caller, VfsSession } from '../../support/vfs/vfs-session.ts'

const exchange = { noReplace: false, exchange: true }
const noReplace = { noReplace: true, exchange: false }

async function start(remote = new MemoryRemote()) {
  const session = await VfsSession.create({}, remote)
  session.remote.put('/a', 'A')
  session.remote.put('/b', 'BB')
  const rename = (from: string, to: string, flags: typeof exchange) =>
    session.vfs.rename(rootNodeid, from, rootNodeid, to, flags, caller)
  const logged = (verb: string) => remote.log.filter((line) => line.startsWith(`${verb} `))
  return { session, remote, rename, logged }
}

describe('RENAME_EXCHANGE', () => {
  it('changes names of files, also open ones, and of directories with what is in them', async () => {
    const { session, remote, rename } = await start()
    const [a, b] = [await session.existing('a'), await session.existing('b')]
    const fh = await session.open('a')
    await session.write(fh, 1, '+')
    await rename('a', 'b', exchange)
    expect((await session.existing('a')).nodeid).toBe(b.nodeid)
    expect((await session.existing('b')).nodeid).toBe(a.nodeid)
    await session.close(fh)
    expect([remote.text('/a'), remote.text('/b')]).toEqual(['BB', 'A+'])
    const directory = await session.vfs.makeDirectory(rootNodeid, 'd', 0o755, caller)
    const inside = await session.vfs.makeNode(directory.nodeid, 'f', 'file', 0o644, caller)
    await rename('d', 'a', exchange)
    const { nodeid } = await session.existing('f', directory.nodeid)
    expect(nodeid).toBe(inside.nodeid)
    expect(remote.nodes.has('/a/f')).toBe(true)
    session.vfs.assertInvariants()
  })

  it('is ENOENT without a target, and EINVAL where the far side cannot', async () => {
    const full = await start()
    await expect(full.rename('a', 'c', exchange)).rejects.toMatchObject({ code: 'ENOENT' })
    const plain = await start(MemoryRemote.plain())
    await expect(plain.rename('a', 'b', exchange)).rejects.toMatchObject({ code: 'EINVAL' })
  })
})

describe('RENAME_NOREPLACE', () => {
  it('never replaces what came to be there in this moment', async () => {
    const { session, remote, rename } = await start()
    expect(await session.lookup('c')).toBeUndefined()
    remote.put('/c', 'made meanwhile')
    await expect(rename('a', 'c', noReplace)).rejects.toMatchObject({ code: 'EEXIST' })
    expect(remote.text('/c')).toBe('made meanwhile')
    expect(await session.lookup('c')).toBeDefined()
    await rename('a', 'd', noReplace)
    expect(remote.text('/d')).toBe('A')
  })
})

describe('statfs', () => {
  it('tells the far side’s numbers, asked for once a second', async () => {
    const { session, logged } = await start()
    expect(await session.vfs.statistics()).toEqual(memoryStatistics)
    await session.vfs.statistics()
    expect(logged('statistics')).toHaveLength(1)
    session.clock.nowMs += 1000
    await session.vfs.statistics()
    expect(logged('statistics')).toHaveLength(2)
  })

  it('passes a failure on, and asks again', async () => {
    const { session, remote } = await start()
    remote.before = (verb) => {
      if (verb === 'statistics') throw new ErrnoError('EACCES', '/')
    }
    await expect(session.vfs.statistics()).rejects.toMatchObject({ code: 'EACCES' })
    remote.before = () => {}
    expect(await session.vfs.statistics()).toEqual(memoryStatistics)
  })

  it('tells large numbers where the far side has none', async () => {
    const { session } = await start(MemoryRemote.plain())
    expect((await session.vfs.statistics()).blocksFree).toBeGreaterThan(2 ** 30)
  })
})

describe('fsync', () => {
  it('reaches the storage after what was written', async () => {
    const { session, remote } = await start()
    const fh = await session.open('a')
    await session.write(fh, 0, 'x')
    await session.vfs.fsync(fh, caller)
    expect(remote.log.slice(-2)).toEqual(['write /a', 'sync /a'])
    remote.before = (verb) => {
      if (verb === 'sync') throw new ErrnoError('EIO', '/a')
    }
    await expect(session.vfs.fsync(fh, caller)).rejects.toMatchObject({ code: 'EIO' })
  })

  it('is a flush where the far side has none', async () => {
    const { session, logged } = await start(MemoryRemote.plain())
    const fh = await session.open('a')
    await session.write(fh, 0, 'x')
    await session.vfs.fsync(fh, caller)
    expect([logged('write'), logged('sync')]).toEqual([['write /a'], []])
  })
})

function copy(session: VfsSession, from: number, to: number, offset = 0): Promise<number> {
  return session.vfs.copyRange({ fh: from, offset: 0 }, { fh: to, offset }, 100, caller)
}

describe('copy_file_range', () => {
  it('is done there, of what was written here before, and shows at once', async () => {
    const { session, remote, logged } = await start()
    const [from, to] = [await session.open('a'), await session.open('b')]
    await session.write(from, 1, 'aa')
    await session.write(to, 2, 'bb')
    expect(await session.read(to, 0, 100)).toBe('BBbb')
    expect(await copy(session, from, to, 3)).toBe(3)
    expect(await session.read(to, 0, 100)).toBe('BBbAaa')
    expect((await session.existing('b')).attributes.size).toBe(6)
    expect(logged('copy')).toEqual(['copy /a'])
    expect(remote.text('/b')).toBe('BBbAaa')
  })

  it('waits for a rename of either file', async () => {
    const { session, remote, rename } = await start()
    const [from, to] = [await session.open('a'), await session.open('b')]
    const renaming = rename('a', 'c', noReplace)
    expect(await copy(session, from, to)).toBe(1)
    await renaming
    expect(remote.text('/b')).toBe('AB')
  })

  it('goes on where the target was made read-only under its writer', async () => {
    const { session, remote } = await start()
    const [from, to] = [await session.open('a'), await session.open('b')]
    const { nodeid } = await session.existing('b')
    await session.vfs.setAttributes(nodeid, { mode: 0o444 }, undefined, caller)
    expect(await copy(session, from, to)).toBe(1)
    expect(remote.get('/b')).toMatchObject({ mode: 0o444, content: Buffer.from('AB') })
  })

  it('passes a failure on and leaves the file as it is', async () => {
    const { session, remote } = await start()
    const [from, to] = [await session.open('a'), await session.open('b')]
    remote.before = (verb) => {
      if (verb === 'copy') throw new ErrnoError('ENOSPC', '/b')
    }
    await expect(copy(session, from, to)).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(await session.read(to, 0, 100)).toBe('BB')
  })
})

describe('names that change behind the mount', () => {
  it.each([
    ['gone', (remote: MemoryRemote) => remote.nodes.delete('/a'), ['a']],
    ['another file', (remote: MemoryRemote) => remote.put('/a', 'A'), ['a']],
    ['as they were', () => {}, []],
  ] as const)('are told to the kernel when a listing shows them %s', async (_, act, told) => {
    const { session, remote } = await start()
    const forgotten: string[] = []
    session.vfs.setInvalidation({
      invalidateAttributes: async () => {},
      invalidateInode: () => {},
      invalidateEntry: (parent, name) => void forgotten.push(`${parent} ${name}`),
    })
    const before = await session.existing('a')
    const { mtimeNs } = remote.get('/a')
    act(remote)
    if (remote.nodes.has('/a')) remote.get('/a').mtimeNs = mtimeNs
    session.expireCaches()
    await session.names()
    expect(forgotten).toEqual(told.map((name) => `${rootNodeid} ${name}`))
    const after = await session.lookup('a')
    expect(after?.attributes.ino === before.attributes.ino).toBe(told.length === 0)
  })

  it('are told when a stat finds another file of equal size and time', async () => {
    const { session, remote } = await start()
    const forgotten: string[] = []
    session.vfs.setInvalidation({
      invalidateAttributes: async () => {},
      invalidateInode: () => {},
      invalidateEntry: (_, name) => void forgotten.push(name),
    })
    const { nodeid } = await session.existing('a')
    const fh = await session.open('a', { access: 'read' })
    await session.read(fh, 0, 1)
    remote.put('/a', 'X', { mtimeNs: remote.get('/a').mtimeNs })
    session.expireCaches()
    await session.vfs.getAttributes(nodeid, fh, caller)
    expect(forgotten).toEqual(['a'])
    expect(await session.read(await session.open('a'), 0, 10)).toBe('X')
  })
})
