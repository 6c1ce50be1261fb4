/** Attributes that are set of a new file while bytes of it are pending go with the last of these. */

import { describe, expect, it } from 'vitest'
import { deferred } from '../../../src/support/deferred.ts'
import { ErrnoError } from '../../../src/support/errno-error.ts'
import type { AttributeChanges } from '../../../src/vfs/attributes.ts'
import { rootNodeid } from '../../../src/vfs/filesystem.ts'
import { MemoryRemote, type RemoteVerb } from '../../support/vfs/memory-remote.ts'
import { caller, readWrite, VfsSession } from '../../support/vfs/vfs-session.ts'

const plain = { noReplace: false, exchange: false }
const year2001Ns = 1_000_000_000_000_000_000n

async function start(remote = new MemoryRemote()) {
  const session = await VfsSession.create({}, remote)
  const fh = await session.create('f')
  const { nodeid } = await session.existing('f')
  const stat = async () => (await session.vfs.getAttributes(nodeid, undefined, caller)).attributes
  const set = (changes: AttributeChanges) =>
    session.vfs.setAttributes(nodeid, changes, undefined, caller)
  /** What is asked of the far side from now on. */
  const asked = (): string[] => remote.log.splice(0)
  asked()
  return { session, remote, fh, nodeid, stat, set, asked }
}

async function startDeferred() {
  const started = await start()
  await started.session.write(started.fh, 0, 'x')
  await started.set({ mode: 0o400, mtimeNs: year2001Ns })
  return started
}

/** Fails a verb from now on. */
function refuse(remote: MemoryRemote, refused: RemoteVerb): void {
  remote.before = (verb) => {
    if (verb === refused) throw new ErrnoError('EDQUOT', verb)
  }
}

describe('as tar makes a file', () => {
  it('data, times, owner and mode arrive together at close', async () => {
    const { session, remote, fh, stat, set, asked } = await start()
    await session.write(fh, 0, 'content')
    await set({ mtimeNs: year2001Ns, atimeNs: 'now' })
    await set({ uid: 1000, gid: 1000 })
    await set({ mode: 0o440 })
    expect(await stat()).toMatchObject({ mode: 0o440, mtimeNs: year2001Ns, size: 7 })
    expect(asked()).toEqual([])
    await session.close(fh)
    expect(asked()).toEqual(['writeLast /f', 'write /f', 'setAttributes /f'])
    const { mode, mtimeNs, ctimeNs, atimeNs } = remote.get('/f')
    expect({ mode, mtimeNs }).toEqual({ mode: 0o440, mtimeNs: year2001Ns })
    expect(await stat()).toMatchObject({ mode, mtimeNs, ctimeNs, atimeNs, size: 7 })
    expect(remote.text('/f')).toBe('content')
    expect(asked()).toEqual([])
  })

  it('where only mode and modification time are kept', async () => {
    const { session, remote, fh, stat, set, asked } = await start(MemoryRemote.plain())
    await session.write(fh, 0, 'content')
    session.clock.nowMs += 5000
    await set({ mtimeNs: year2001Ns, atimeNs: 7n, mode: 0o400 })
    const shown = await stat()
    expect(shown).toMatchObject({ mode: 0o400, mtimeNs: year2001Ns, atimeNs: 7n })
    await session.close(fh)
    expect(asked()).toEqual(['writeLast /f', 'write /f', 'setAttributes /f'])
    expect(remote.get('/f')).toMatchObject({ mode: 0o400, mtimeNs: year2001Ns })
    expect(await stat()).toEqual(shown)
  })
})

describe('the order is kept', () => {
  it('a later write gives a new mtime and leaves the mode', async () => {
    const { session, remote, fh, stat, set } = await start()
    await session.write(fh, 0, 'one')
    await set({ mode: 0o400, mtimeNs: year2001Ns })
    await session.write(fh, 3, 'two')
    expect((await stat()).mtimeNs).not.toBe(year2001Ns)
    await session.close(fh)
    expect(remote.text('/f')).toBe('onetwo')
    expect(remote.get('/f').mode).toBe(0o400)
    expect(remote.get('/f').mtimeNs).not.toBe(year2001Ns)
    expect((await stat()).mtimeNs).toBe(remote.get('/f').mtimeNs)
  })

  it.each([0, 2, 9])('so does a truncation to %i bytes', async (size) => {
    const { session, remote, fh, set } = await start()
    await session.write(fh, 0, 'one')
    await set({ mode: 0o640, mtimeNs: year2001Ns })
    await set({ size })
    await session.close(fh)
    expect(remote.get('/f').content).toHaveLength(size)
    expect(remote.get('/f').mode).toBe(0o640)
    expect(remote.get('/f').mtimeNs).not.toBe(year2001Ns)
  })

  it('what is written while attributes are on their way comes after them', async () => {
    const { session, remote, fh, set } = await start()
    await session.write(fh, 0, 'one')
    await set({ mode: 0o400, mtimeNs: year2001Ns })
    const [reached, held] = [deferred(), deferred()]
    remote.before = async (verb) => {
      if (verb !== 'setAttributes') return
      reached.resolve()
      await held.promise
    }
    const flushed = session.flush(fh)
    await reached.promise
    const written = session.write(fh, 10, 'two')
    const changed = set({ mode: 0o600 })
    held.resolve()
    await Promise.all([flushed, written, changed])
    await session.close(fh)
    expect(remote.text('/f')).toBe('one\0\0\0\0\0\0\0two')
    expect(remote.get('/f').mode).toBe(0o600)
    expect(remote.get('/f').mtimeNs).not.toBe(year2001Ns)
  })

  it('runs that are sent side by side are all there before', async () => {
    const { session, remote, fh, set, asked } = await start()
    for (const offset of [0, 10, 20]) await session.write(fh, offset, 'x')
    await set({ mode: 0o400, mtimeNs: year2001Ns })
    await session.close(fh)
    expect(asked()).toEqual(['write /f', 'write /f', 'write /f', 'setAttributes /f'])
    expect(remote.get('/f')).toMatchObject({ mode: 0o400, mtimeNs: year2001Ns })
  })

  it('a change that must not wait comes after those that were deferred', async () => {
    const { session, remote, fh, set, asked } = await start()
    await session.write(fh, 0, 'x')
    await set({ mode: 0o600 })
    await set({ mode: 0o4755 })
    expect(asked()).toEqual(['writeLast /f', 'write /f', 'setAttributes /f', 'setAttributes /f'])
    expect(remote.get('/f').mode).toBe(0o4755)
    await session.close(fh)
  })
})

describe('is not deferred', () => {
  it('what is set of an empty file', async () => {
    const { fh, session, set, asked } = await start()
    await set({ mode: 0o600 })
    expect(asked()).toEqual(['setAttributes /f'])
    await session.close(fh)
  })

  it('what is set of a file that was there before', async () => {
    const { session, remote, asked } = await start()
    remote.put('/old', 'x')
    const fh = await session.open('old')
    const { nodeid } = await session.existing('old')
    await session.write(fh, 0, 'y')
    asked()
    await session.vfs.setAttributes(nodeid, { mode: 0o600 }, fh, caller)
    expect(asked()).toEqual(['setAttributes /old'])
    await session.close(fh)
  })

  it.each([
    ['another owner', { uid: 7 }],
    ['a set-user-ID bit', { mode: 0o4755 }],
    ['a time before 1970', { mtimeNs: -1n }],
    ['a time after 2038', { mtimeNs: 2n ** 31n * 10n ** 9n }],
  ])('%s', async (_, changes) => {
    const { session, fh, set, asked } = await start()
    await session.write(fh, 0, 'x')
    await set(changes)
    expect(asked()).toContain('setAttributes /f')
    await session.close(fh)
  })

  it('an owner that has not been told for long', async () => {
    const { session, fh, set, asked } = await start()
    await session.write(fh, 0, 'x')
    session.expireCaches()
    await set({ uid: 1000 })
    expect(asked()).toEqual(['setAttributes /f'])
    await session.close(fh)
  })
})

describe('whoever looks meanwhile', () => {
  it('sees it in the name and in a listing', async () => {
    const { session, fh } = await startDeferred()
    session.expireCaches()
    await session.names()
    expect((await session.existing('f')).attributes).toMatchObject({
      mode: 0o400,
      mtimeNs: year2001Ns,
    })
    await session.close(fh)
  })

  it('gets what the mode allows', async () => {
    const { session, fh, nodeid } = await startDeferred()
    const writing = session.vfs.open(nodeid, { ...readWrite, access: 'write' }, caller)
    await expect(writing).rejects.toMatchObject({ code: 'EACCES' })
    await session.close(fh)
  })

  it('as access(2) tells', async () => {
    const { session, fh, nodeid } = await startDeferred()
    await session.vfs.access(nodeid, 4, caller)
    await expect(session.vfs.access(nodeid, 2, caller)).rejects.toMatchObject({ code: 'EACCES' })
    await session.close(fh)
  })

  it('finds it under another name', async () => {
    const { session, remote, fh } = await startDeferred()
    await session.vfs.rename(rootNodeid, 'f', rootNodeid, 'g', plain, caller)
    await session.close(fh)
    expect(remote.get('/g')).toMatchObject({ mode: 0o400, mtimeNs: year2001Ns })
    expect(remote.text('/g')).toBe('x')
  })

  it('finds it under a further name', async () => {
    const { session, remote, fh, nodeid } = await startDeferred()
    await session.vfs.link(nodeid, rootNodeid, 'g', caller)
    await session.vfs.unlink(rootNodeid, 'f', caller)
    await session.close(fh)
    expect(remote.get('/g')).toMatchObject({ mode: 0o400, mtimeNs: year2001Ns, nlink: 1 })
    expect((await session.existing('g')).attributes).toMatchObject({ mode: 0o400, nlink: 1 })
  })

  it('finds nothing of a removed file', async () => {
    const { session, remote, fh } = await startDeferred()
    await session.vfs.unlink(rootNodeid, 'f', caller)
    await session.close(fh)
    expect([...remote.nodes.keys()]).toEqual(['/'])
  })
})

describe('what is refused', () => {
  it.each(['fsync', 'flush'] as const)(
    'is told once, at %s, and the data is there',
    async (verb) => {
      const { session, remote, fh, stat, set } = await start()
      await session.write(fh, 0, 'x')
      await set({ mode: 0o400 })
      refuse(remote, 'setAttributes')
      await expect(session.vfs[verb](fh, caller)).rejects.toMatchObject({ code: 'EDQUOT' })
      await session.close(fh)
      expect(remote.text('/f')).toBe('x')
      expect(await stat()).toMatchObject({ mode: 0o644, size: 1 })
    },
  )

  it('goes with refused data, and is told once', async () => {
    const { session, remote, fh, stat, set } = await start()
    await session.write(fh, 0, 'x')
    await session.write(fh, 10, 'y')
    await set({ mode: 0o400 })
    refuse(remote, 'write')
    await expect(session.flush(fh)).rejects.toMatchObject({ code: 'EDQUOT' })
    await session.close(fh)
    expect(await stat()).toMatchObject({ mode: remote.get('/f').mode, size: 0 })
  })
})
