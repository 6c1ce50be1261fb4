/** What is found at the name of what is new is not always what was made there. */

import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../../../src/support/clock.ts'
import { Jail } from '../../../../src/server/uftpd/jail.ts'
import type { Libc } from '../../../../src/server/uftpd/libc.ts'
import { createNode, giveSymlink } from '../../../../src/server/uftpd/local-creation.ts'
import { Storages } from '../../../../src/server/uftpd/storages.ts'

let base: string
let jail: Jail

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'uftpd-birth-')))
  jail = await Jail.open(base, new Storages({}, systemClock))
})

afterEach(async () => {
  await rm(base, { recursive: true, force: true })
})

/** Somebody puts what is at `name` in place of the node in the moment it is made. */
function replacedBy(name: string): Libc {
  const replace = (): void => renameSync(join(base, name), join(base, 'new'))
  return { mknod: { here: replace, inThread: async () => replace() } }
}

async function create(libc: Libc): Promise<void> {
  await jail.withEntry(join(base, 'new'), (entry) =>
    createNode(libc, entry, { kind: 'fifo', mode: 0o777, owner: { uid: 1234, gid: 1234 } }),
  )
}

test.each([
  ['a private directory', (path: string) => mkdirSync(path, { mode: 0o700 })],
  ['a private file', (path: string) => writeFileSync(path, 'secret', { mode: 0o600 })],
  [
    'a file without permissions',
    (path: string) => {
      writeFileSync(path, 'secret')
      chmodSync(path, 0)
    },
  ],
])('%s in its place is neither given away nor removed', async (_name, make) => {
  make(join(base, 'secret'))
  const before = statSync(join(base, 'secret'))
  await expect(create(replacedBy('secret'))).rejects.toMatchObject({ code: 'EPERM' })
  const { ino, mode, uid } = statSync(join(base, 'new'))
  expect([ino, mode, uid]).toEqual([before.ino, before.mode, before.uid])
})

test.each([
  ['a file', () => writeFileSync(join(base, 'new'), 'secret')],
  ['a directory', () => mkdirSync(join(base, 'new'))],
  [
    'a link that has been there',
    () => {
      symlinkSync('x', join(base, 'old'))
      linkSync(join(base, 'old'), join(base, 'new'))
    },
  ],
])('%s in place of a link is neither given away nor removed', async (_name, make) => {
  make()
  const before = lstatSync(join(base, 'new'))
  const giving = jail.withEntry(join(base, 'new'), (entry) =>
    giveSymlink(entry, { uid: 1234, gid: 1234 }),
  )
  await expect(giving).rejects.toMatchObject({ code: 'EPERM' })
  const { ino, uid, gid } = lstatSync(join(base, 'new'))
  expect([ino, uid, gid]).toEqual([before.ino, before.uid, before.gid])
})
