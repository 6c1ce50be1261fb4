import { describe, expect, it } from 'vitest'
import { rootNodeid, type Entry } from '../../../src/vfs/filesystem.ts'
import { caller, VfsSession } from '../../support/vfs/vfs-session.ts'

type Make = (session: VfsSession, name: string) => Promise<Entry>

const impossible: readonly (readonly [what: string, make: Make])[] = [
  ['a FIFO', ({ vfs }, name) => vfs.makeNode(rootNodeid, name, 'fifo', 0o644, caller)],
  ['a socket', ({ vfs }, name) => vfs.makeNode(rootNodeid, name, 'socket', 0o644, caller)],
  ['a device', ({ vfs }, name) => vfs.makeNode(rootNodeid, name, 'block-device', 0o644, caller)],
  ['a symbolic link', ({ vfs }, name) => vfs.makeSymlink(rootNodeid, name, 'there', caller)],
  [
    'a hard link',
    async (session, name) => {
      const { nodeid } = await session.existing('file')
      return session.vfs.link(nodeid, rootNodeid, name, caller)
    },
  ],
]

async function sessionWithFile(options = {}): Promise<VfsSession> {
  const session = await VfsSession.create(options)
  session.remote.put('/file', 'content')
  return session
}

describe('new entries', () => {
  it('makes a regular file by mknod', async () => {
    const session = await sessionWithFile()
    const made = await session.vfs.makeNode(rootNodeid, 'new', 'file', 0o100640, caller)
    expect(made.attributes).toMatchObject({ type: 'file', mode: 0o640, size: 0 })
    expect((await session.existing('new')).nodeid).toBe(made.nodeid)
    await expect(
      session.vfs.makeNode(rootNodeid, 'file', 'file', 0o644, caller),
    ).rejects.toMatchObject({ code: 'EEXIST' })
    expect(session.remote.text('/file')).toBe('content')
  })

  it.each(impossible)('refuses %s, after judging the name as Linux does', async (_, make) => {
    const session = await sessionWithFile()
    await expect(make(session, 'new')).rejects.toMatchObject({ code: 'EPERM' })
    await expect(make(session, 'file')).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(make(session, 'x'.repeat(256))).rejects.toMatchObject({ code: 'ENAMETOOLONG' })
    expect([...session.remote.nodes.keys()]).toEqual(['/', '/file'])
  })

  it.each(impossible)('refuses %s on a read-only mount as read-only', async (_, make) => {
    const session = await sessionWithFile({ readOnly: true })
    await expect(make(session, 'new')).rejects.toMatchObject({ code: 'EROFS' })
  })

  it('sees a name that appeared behind the mount', async () => {
    const session = await sessionWithFile()
    expect(await session.lookup('late')).toBeUndefined()
    session.remote.put('/late', '')
    session.expireCaches()
    await expect(session.vfs.makeSymlink(rootNodeid, 'late', 'file', caller)).rejects.toMatchObject(
      { code: 'EEXIST' },
    )
  })

  it('has no link to read', async () => {
    const session = await sessionWithFile()
    const { nodeid } = await session.existing('file')
    await expect(session.vfs.readLink(nodeid)).rejects.toMatchObject({ code: 'EINVAL' })
  })
})
