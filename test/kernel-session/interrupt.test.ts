import { describe, expect, test } from 'vitest'
import { createOut } from '../../src/fuse/kernel/structs.ts'
import { deferred } from '../../src/support/deferred.ts'
import type { Caller } from '../../src/vfs/filesystem.ts'
import { bodyOf, failure, FakeSession } from '../support/fuse/fake-session.ts'
import { MemoryFilesystem } from '../support/fuse/memory-filesystem.ts'

/** Reads last until they are interrupted. */
class SlowFilesystem extends MemoryFilesystem {
  readonly reading = deferred()
  reads = 0

  override read(_fh: number, _offset: number, _size: number, caller?: Caller) {
    this.reads += 1
    this.reading.resolve()
    return new Promise<readonly Uint8Array[]>((_, reject) => {
      const signal = caller!.signal!
      if (signal.aborted) reject(signal.reason as Error)
      signal.addEventListener('abort', () => reject(signal.reason as Error))
    })
  }
}

async function openFile({ kernel }: FakeSession) {
  const create = { name: 'a', mode: 0o100600, flags: 2 }
  const { entry, open } = await bodyOf(createOut, kernel.request('CREATE', create).reply)
  return { nodeid: entry.nodeid, read: { fh: open.fh, offset: 0, size: 4096 } }
}

function interrupt({ kernel }: FakeSession, unique: bigint): void {
  kernel.expectNoReply(kernel.request('INTERRUPT', { unique }, 0).unique)
}

describe('INTERRUPT', () => {
  test('ends the request it is about, and no other', async () => {
    const filesystem = new SlowFilesystem()
    await using served = await FakeSession.start(filesystem)
    const { nodeid, read } = await openFile(served)
    const first = served.kernel.request('READ', read, nodeid)
    const second = served.kernel.request('READ', read, nodeid)
    await filesystem.reading.promise
    interrupt(served, first.unique)
    expect(await first.reply).toEqual(failure('EINTR'))
    expect(served.kernel.due).toEqual([second.unique])
    interrupt(served, second.unique)
    expect(await second.reply).toEqual(failure('EINTR'))
  })

  test('that overtakes its request ends it on arrival', async () => {
    await using served = await FakeSession.start(new SlowFilesystem())
    const { nodeid, read } = await openFile(served)
    // The INTERRUPT itself takes one unique.
    interrupt(served, served.kernel.nextUnique + 2n)
    expect(await served.kernel.request('READ', read, nodeid).reply).toEqual(failure('EINTR'))
  })

  test('that comes too late, again and again, does nothing', async () => {
    await using served = await FakeSession.start(new MemoryFilesystem())
    const { nodeid } = await openFile(served)
    for (let round = 0; round < 500; round++) interrupt(served, BigInt(round + 1))
    const getattr = served.kernel.request('GETATTR', {}, nodeid)
    expect(await getattr.reply).toMatchObject({ errno: 0 })
  })
})

describe('unmount with requests under way', () => {
  test('interrupts them, answers them and only then ends', async () => {
    const filesystem = new SlowFilesystem()
    await using served = await FakeSession.start(filesystem)
    const { nodeid, read } = await openFile(served)
    const reads = [1, 2, 3].map(() => served.kernel.request('READ', read, nodeid).reply)
    await filesystem.reading.promise
    served.kernel.unmount()
    for (const reply of reads) expect(await reply).toEqual(failure('ENODEV'))
    await served.ended
  })

  test('waits for a handler that does not listen', async () => {
    const gate = deferred()
    class Deaf extends MemoryFilesystem {
      readonly flushing = deferred()
      override async flush(fh: number) {
        this.flushing.resolve()
        await gate.promise
        await super.flush(fh)
      }
    }
    const filesystem = new Deaf()
    await using served = await FakeSession.start(filesystem)
    const { nodeid, read } = await openFile(served)
    const flush = served.kernel.request('FLUSH', { fh: read.fh }, nodeid)
    await filesystem.flushing.promise
    served.kernel.unmount()
    let ended = false
    const end = served.ended.then(() => (ended = true))
    await new Promise((resolve) => setImmediate(resolve))
    expect({ ended, due: served.kernel.due }).toEqual({ ended: false, due: [flush.unique] })
    gate.resolve()
    await end
    expect(await flush.reply).toMatchObject({ errno: 0 })
  })
})
