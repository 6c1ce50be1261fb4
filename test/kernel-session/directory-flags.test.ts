/** What an answer to OPENDIR lets the kernel keep of names, and what the request tells. */

import { constants } from 'node:fs'
import { expect, test } from 'vitest'
import { fopen } from '../../src/fuse/kernel/flags.ts'
import { openOut } from '../../src/fuse/kernel/structs.ts'
import { bodyOf, FakeSession } from '../support/fuse/fake-session.ts'
import { MemoryFilesystem } from '../support/fuse/memory-filesystem.ts'

test.for([
  { keepCache: false, cacheNames: false, flags: 0 },
  { keepCache: false, cacheNames: true, flags: fopen.CACHE_DIR },
  { keepCache: true, cacheNames: false, flags: fopen.KEEP_CACHE },
  { keepCache: true, cacheNames: true, flags: fopen.CACHE_DIR | fopen.KEEP_CACHE },
])('keeps $keepCache, caches $cacheNames', async ({ flags, ...told }) => {
  class Keeping extends MemoryFilesystem {
    override async openDirectory(nodeid: number) {
      return { ...(await super.openDirectory(nodeid)), ...told }
    }
  }
  await using served = await FakeSession.start(new Keeping())
  const { open_flags } = await bodyOf(openOut, served.kernel.request('OPENDIR', {}).reply)
  expect(open_flags).toBe(flags)
})

test.for([
  { name: 'opendir', flags: constants.O_DIRECTORY | constants.O_NONBLOCK, expected: true },
  { name: 'open', flags: constants.O_DIRECTORY, expected: false },
])('$name is for reading: $expected', async ({ flags, expected }) => {
  const told: unknown[] = []
  class Noting extends MemoryFilesystem {
    override openDirectory(nodeid: number, isForReading?: boolean) {
      told.push(isForReading)
      return super.openDirectory(nodeid)
    }
  }
  await using served = await FakeSession.start(new Noting())
  await served.kernel.request('OPENDIR', { flags }).reply
  expect(told).toEqual([expected])
})
