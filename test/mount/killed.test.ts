/** kill -9 of a mount at work: what was promised is on the server, and mounting again is enough. */

import { createHash, randomBytes } from 'node:crypto'
import { chownSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runMountCommand } from '../support/mount/command-line.ts'
import { findMount } from '../support/mount/mount-table.ts'
import { TestProcess } from '../support/mount/process.ts'
import { gone, processesWith } from '../support/mount/processes.ts'
import {
  ordinaryUser,
  requireBackend,
  requireFuse,
  requireOrdinaryUser,
  requirePrograms,
} from '../support/mount/requirements.ts'
import { useOurServer } from '../support/mount/server-fixture.ts'
import { becomeUser, runShell } from '../support/mount/shell.ts'
import { until } from '../support/mount/until.ts'

const fixture = useOurServer()

/** Prints a file's name and hash once fsync has promised it. */
const writing = `exec python3 - "$0" "$1" <<'END'
import hashlib, itertools, os, sys
for number in itertools.count():
    name, content = f'{sys.argv[2]}-{number}', os.urandom(150_000)
    with open(os.path.join(sys.argv[1], name), 'wb') as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        print(name, hashlib.sha256(content).hexdigest(), flush=True)
END`

/** Past the page cache, until it fails. */
const reading = 'while dd if="$0/seed" bs=64K iflag=direct status=none; do :; done'

const killings = 3
const promisesEach = 4

test.for([
  ['kernel', 'whoever runs the tests', undefined],
  ['kernel', 'an ordinary user', ordinaryUser],
  ['native', 'whoever runs the tests', undefined],
] as const)('kill -9 under load, %s backend, mounted by %s', async ([backend, , user], context) => {
  if (user) requireOrdinaryUser(context)
  requireFuse(context)
  requireBackend(context, backend)
  requirePrograms(context, ['python3'])
  const { server, scratch } = fixture()
  const mountpoint = mkdtempSync(join(scratch, 'mnt.'))
  if (user) chownSync(mountpoint, user.uid, user.gid)
  const served = await server.makeDirectory()
  const seed = randomBytes(2 ** 21)
  writeFileSync(join(served, 'seed'), seed)
  const { options: signOn, target, env } = await server.signOn(served)
  const options = [...signOn, `--fuse-backend=${backend}`]
  const asUser = user ? [...becomeUser(user), '--'] : []
  const load = (script: string, ...args: readonly string[]) =>
    TestProcess.start([...asUser, 'bash', '-c', script, mountpoint, ...args])
  const promises = new Map<string, string>()

  for (let killing = 0; killing < killings; killing += 1) {
    // From the second time on over what the killed one has left.
    const mounted = await runMountCommand([...options, target, mountpoint], { env, user })
    expect(mounted).toEqual({ code: 0, stdout: '', stderr: '' })
    await using one = load(writing, `one-${killing}`)
    await using two = load(writing, `two-${killing}`)
    await using readerOne = load(reading)
    await using readerTwo = load(reading)
    await until('files are promised', () => {
      for (const child of [one, two]) if (!child.running) throw new Error(child.stderr().toString())
      return [one, two].every((child) => linesOf(child).length >= promisesEach)
    })
    await until('bytes are read', () =>
      [readerOne, readerTwo].every((child) => child.stdout().length > seed.length),
    )
    const daemons = daemonsOf(mountpoint)
    expect(daemons).toHaveLength(1)
    process.kill(daemons[0]!, 'SIGKILL')
    for (const child of [one, two, readerOne, readerTwo]) {
      await child.wait(20_000)
    }
    for (const line of [...linesOf(one), ...linesOf(two)]) {
      const [name, hash] = line.split(' ') as [string, string]
      promises.set(name, hash)
    }
    await gone(mountpoint)
  }

  expect(await runMountCommand([...options, target, mountpoint], { env, user })).toMatchObject({
    code: 0,
  })
  const asThem = user ? { user } : {}
  const names = [...promises.keys()]
  expect(names.length).toBeGreaterThanOrEqual(killings * 2 * promisesEach)
  const hashes = names.map((name) => `${promises.get(name)}  ${name}\n`).join('')
  expect((await runShell(mountpoint, `sha256sum ${names.join(' ')}`, asThem)).stdout).toBe(hashes)
  for (const name of names) expect(hashOf(join(served, name))).toBe(promises.get(name))
  await runShell('/', `fusermount3 -u '${mountpoint}'`, asThem)
  await gone(mountpoint)
  expect(findMount(mountpoint)).toBeUndefined()
})

function daemonsOf(mountpoint: string): readonly number[] {
  return processesWith(mountpoint)
    .filter(({ arguments: words }) => words[0] === 'uftp-mount')
    .map(({ pid }) => pid)
}

/** Whole lines only. */
function linesOf(child: TestProcess): readonly string[] {
  return child.stdout().toString().split('\n').slice(0, -1)
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
