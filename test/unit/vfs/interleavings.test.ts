/** Interleavings that once lost data or told wrong things. */

import { describe, expect, test } from 'vitest'
import { deferred } from '../../../src/support/deferred.ts'
import type { VfsOptions } from '../../../src/vfs/vfs-options.ts'
import { MemoryRemote } from '../../support/vfs/memory-remote.ts'
import { VfsSession, caller, readWrite } from '../../support/vfs/vfs-session.ts'
import { ErrnoError, errnoOf } from '../../../src/support/errno-error.ts'

const noFlags = { noReplace: false, exchange: false }
const tick = async (n = 5) => {
  for (let i = 0; i < n; i++) await new Promise((r) => setImmediate(r))
}
interface Outcome<T> {
  readonly ok?: T
  readonly err?: unknown
}

/** The result, or the errno of the failure. */
async function settle<T>(promise: Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: await promise }
  } catch (error) {
    return { err: errnoOf(error) ?? String(error) }
  }
}

describe.each([
  ['plain', () => MemoryRemote.plain()],
  ['full', () => new MemoryRemote()],
])('on a %s far side', (_, makeRemote) => {
  const start = (options: Partial<VfsOptions> = {}) => VfsSession.create(options, makeRemote())

  test('rename fails while target is hidden and its last handle goes: target must survive', async () => {
    const s = await start()
    s.remote.put('/new', 'NEW')
    s.remote.put('/old', 'OLD')
    await s.existing('new')
    const fh = await s.open('old', { access: 'read' })
    const h = deferred()
    s.remote.before = async (verb, path) => {
      if (verb === 'rename' && path === '/new') {
        await h.promise
        throw new ErrnoError('EACCES', path)
      }
    }
    const renaming = settle(s.vfs.rename(1, 'new', 1, 'old', noFlags, caller))
    await tick()
    const releasing = s.vfs.release(fh)
    await tick()
    h.resolve()
    expect(await renaming).toEqual({ err: 'EACCES' })
    await releasing
    expect([...s.remote.nodes.keys()]).toContain('/old')
  })

  test('rename and un-hide fail (connection lost): target must not be removed at close', async () => {
    const s = await start()
    s.remote.put('/new', 'NEW')
    s.remote.put('/old', 'OLD')
    await s.existing('new')
    const fh = await s.open('old', { access: 'read' })
    let lost = false
    s.remote.before = (verb, path) => {
      if (verb === 'rename' && path === '/new') lost = true
      if (lost) throw new ErrnoError('EIO', path)
    }
    expect(await settle(s.vfs.rename(1, 'new', 1, 'old', noFlags, caller))).toEqual({ err: 'EIO' })
    lost = false
    s.remote.before = () => {}
    await s.vfs.release(fh)
    const contents = [...s.remote.nodes.values()].map((n) => n.content.toString())
    expect(contents).toContain('OLD')
  })

  test('lookup below a directory being renamed must not detach an open dirty file', async () => {
    const s = await start({ attributeTimeoutMs: 0, entryTimeoutMs: 0 })
    await s.vfs.makeDirectory(1, 'a', 0o755, caller)
    const a = await s.existing('a')
    const b = await s.vfs.makeDirectory(a.nodeid, 'b', 0o755, caller)
    const { file, entry } = await s.vfs.create(b.nodeid, 'f', 0o644, readWrite, caller)
    await s.write(file.fh, 0, 'hello')
    await s.flush(file.fh)
    const h = deferred()
    s.remote.after = (verb) => (verb === 'rename' ? h.promise : undefined) // done there, reply on its way
    const renaming = s.vfs.rename(1, 'a', 1, 'z', noFlags, caller)
    await tick()
    const looking = settle(s.vfs.lookup(b.nodeid, 'f', caller))
    const asking = settle(s.vfs.getAttributes(entry.nodeid, file.fh, caller))
    await tick()
    h.resolve()
    await renaming
    const [looked, stat] = [await looking, await asking]
    s.remote.after = () => {}
    const w = await settle(s.write(file.fh, 5, ' world').then(() => s.flush(file.fh)))
    expect({
      looked: looked.ok?.nodeid,
      stat: stat.err,
      w,
      text: s.remote.text('/z/b/f'),
    }).toEqual({ looked: entry.nodeid, stat: undefined, w: { ok: undefined }, text: 'hello world' })
  })

  test('readdirplus continues an old snapshot: removed names must not come back', async () => {
    const s = await start()
    for (const n of ['x', 'y']) s.remote.put(`/${n}`, n)
    const { fh } = await s.vfs.openDirectory(1)
    await s.vfs.readDirectory(fh, 0, caller)
    await s.vfs.unlink(1, 'y', caller)
    for (const e of await s.vfs.readDirectory(fh, 2, caller)) e.resolve?.()
    expect(await s.lookup('y')).toBeUndefined()
  })

  test('readdirplus of an old snapshot must not detach a directory made since', async () => {
    const s = await start()
    s.remote.put('/x', 'file')
    const { fh } = await s.vfs.openDirectory(1)
    await s.vfs.readDirectory(fh, 0, caller)
    await s.vfs.unlink(1, 'x', caller)
    const d = await s.vfs.makeDirectory(1, 'x', 0o755, caller)
    const { file } = await s.vfs.create(d.nodeid, 'f', 0o644, readWrite, caller)
    await s.write(file.fh, 0, 'data')
    for (const e of await s.vfs.readDirectory(fh, 2, caller)) e.resolve?.()
    expect(await settle(s.flush(file.fh))).toEqual({ ok: undefined })
  })

  test('refused write: the next open must not keep the kernel pages', async () => {
    const s = await start()
    s.remote.put('/f', 'aaaa')
    const e = await s.existing('f')
    let inval = 0
    s.vfs.setInvalidation({
      invalidateAttributes: async () => {},
      invalidateInode: () => {
        inval++
      },
      invalidateEntry: () => {},
    })
    const { fh } = await s.vfs.open(e.nodeid, readWrite, caller)
    s.remote.before = (verb) => {
      if (verb === 'write') throw new ErrnoError('ENOSPC', '/f')
    }
    await s.write(fh, 0, 'bbbb')
    expect(await settle(s.flush(fh))).toEqual({ err: 'ENOSPC' })
    await s.vfs.release(fh)
    s.expireCaches()
    const again = await s.vfs.open(e.nodeid, { ...readWrite, access: 'read' }, caller)
    expect({ keep: again.keepCache, inval: inval > 0 }).toEqual({ keep: false, inval: true })
  })

  test('append on an old handle must not overwrite what others appended', async () => {
    const s = await start()
    s.remote.put('/log', 'one\n')
    const fh = await s.open('log', { access: 'write', append: true })
    s.remote.overwrite('/log', 'one\ntwo\n')
    s.expireCaches()
    await s.write(fh, 4, 'mine\n')
    await s.flush(fh)
    expect(s.remote.text('/log')).toBe('one\ntwo\nmine\n')
  })

  test('close must end although another handle keeps writing', async () => {
    const s = await start()
    const w = await s.create('f')
    const other = await s.open('f')
    await s.write(other, 0, 'x')
    let n = 0
    const writes: Promise<void>[] = []
    s.remote.after = (verb) => {
      if (verb === 'write' && ++n < 500) writes.push(s.write(w, n, 'y'))
    }
    await s.flush(other)
    expect(n).toBeLessThan(10)
    await Promise.all(writes)
  })

  test('write and append during O_TRUNC under way', async () => {
    const s = await start()
    s.remote.put('/f', '0123456789')
    const app = await s.open('f', { access: 'write', append: true })
    const h = deferred()
    s.remote.after = (verb) => (verb === 'truncate' ? h.promise : undefined)
    const trunc = s.open('f', { access: 'write', truncate: true })
    await tick()
    await s.write(app, 10, 'hello')
    h.resolve()
    await trunc
    const size = (await s.vfs.getAttributes((await s.existing('f')).nodeid, undefined, caller))
      .attributes.size
    await s.flush(app)
    expect({ size, text: s.remote.text('/f') }).toEqual({ size: 5, text: 'hello' })
  })

  test('failed truncate must not silently lose accepted bytes', async () => {
    const s = await start()
    const fh = await s.create('f')
    await s.write(fh, 0, '0123456789')
    s.remote.before = (verb) => {
      if (verb === 'truncate') throw new ErrnoError('EIO', '/f')
    }
    const e = await s.existing('f')
    expect(await settle(s.vfs.setAttributes(e.nodeid, { size: 4 }, fh, caller))).toEqual({
      err: 'EIO',
    })
    const closing = await settle(s.flush(fh))
    expect(closing).toEqual({ err: 'EIO' })
  })

  test('open while the file is being removed: works or ESTALE, not a dead handle', async () => {
    const s = await start()
    s.remote.put('/f', 'data')
    const e = await s.existing('f')
    const h = deferred()
    s.remote.before = (verb) => (verb === 'removeFile' ? h.promise : undefined)
    const removing = s.vfs.unlink(1, 'f', caller)
    await tick()
    const opening = settle(s.vfs.open(e.nodeid, readWrite, caller))
    await tick()
    h.resolve()
    await removing
    const o = await opening
    expect(o).toEqual({ err: 'ESTALE' })
  })

  test('stat asked before own unlink must not bring the name back', async () => {
    const s = await start()
    s.remote.put('/f', 'data')
    await s.existing('f')
    s.expireCaches()
    const h = deferred()
    let first = true
    s.remote.after = (verb) => {
      if (verb === 'stat' && first) {
        first = false
        return h.promise
      }
      return undefined
    }
    const looking = s.vfs.lookup(1, 'f', caller)
    await tick()
    await s.vfs.unlink(1, 'f', caller)
    h.resolve()
    await looking
    expect(await s.lookup('f')).toBeUndefined()
  })

  test('hidden name must not show up in a listing that was asked before its removal', async () => {
    const s = await start({ directoryTimeoutMs: 1000 })
    const fh = await s.create('f')
    await s.vfs.unlink(1, 'f', caller)
    s.expireCaches()
    const h = deferred()
    s.remote.after = (verb) => (verb === 'list' ? h.promise : undefined)
    const listing = s.names()
    await tick()
    await s.vfs.release(fh)
    h.resolve()
    const first = await listing
    expect([await s.names(), first].flat().filter((n) => n.includes('hidden'))).toEqual([])
  })

  test('list joined after own create must show it', async () => {
    const s = await start()
    const h = deferred()
    let first = true
    s.remote.after = (verb) => {
      if (verb === 'list' && first) {
        first = false
        return h.promise
      }
      return undefined
    }
    const one = s.names()
    await tick()
    await s.create('f')
    const two = s.names()
    await tick()
    h.resolve()
    await one
    expect(await two).toContain('f')
  })

  test('listing in flight while a file is written: not its old size later', async () => {
    const s = await start({ attributeTimeoutMs: 60000, directoryTimeoutMs: 60000 })
    const { entry, file } = await s.vfs.create(1, 'f', 0o644, readWrite, caller)
    s.expireCaches()
    const h = deferred()
    s.remote.after = (verb) => (verb === 'list' ? h.promise : undefined)
    const listing = s.names()
    await tick()
    await s.write(file.fh, 0, 'hello')
    await s.flush(file.fh)
    await s.vfs.release(file.fh)
    h.resolve()
    await listing
    s.vfs.forget(entry.nodeid, 1)
    expect((await s.existing('f')).attributes.size).toBe(5)
  })

  test('flush with a dead far side ends in about one time limit, not one per run', async () => {
    const s = await start()
    const fh = await s.create('f')
    for (let i = 0; i < 50; i++) await s.write(fh, i * 10, 'x')
    let waiting = 0
    let waits = 0
    s.remote.before = async (verb) => {
      if (verb !== 'write') return
      waits += waiting === 0 ? 1 : 0
      waiting += 1
      await tick()
      waiting -= 1
      throw new ErrnoError('EIO', 'the server is away')
    }
    await s.flush(fh).catch(() => {})
    expect(waits).toBe(1)
  })
})
