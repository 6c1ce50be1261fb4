/** What mount options change, as programs see it. */

import { chownSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runMountCommand } from '../support/mount/command-line.ts'
import { MountProcess } from '../support/mount/mount-process.ts'
import { findMount } from '../support/mount/mount-table.ts'
import { gone, processesWith } from '../support/mount/processes.ts'
import {
  ordinaryUser,
  requireFuse,
  requireOrdinaryUser,
  requireRoot,
} from '../support/mount/requirements.ts'
import { useOurServer } from '../support/mount/server-fixture.ts'
import { runShell } from '../support/mount/shell.ts'

const fixture = useOurServer()

test.for([['-r'], ['-o', 'ro']])('%s: nothing can be changed', async (options, context) => {
  requireFuse(context)
  await using mounted = await mountWith(options)
  const { mountpoint } = mounted.mount
  expect(findMount(mountpoint)?.options).toContain('ro')
  for (const change of [
    'echo x > new',
    'echo x >> file',
    'rm file',
    'mkdir d',
    'chmod 600 file',
    'touch file',
    'mv file f',
  ]) {
    const { code, stderr } = await runShell(mountpoint, change)
    expect({ change, failed: code !== 0, stderr }).toEqual({
      change,
      failed: true,
      stderr: expect.stringContaining('Read-only file system'),
    })
  }
  expect((await runShell(mountpoint, 'cat file; ls')).stdout).toBe('served\nfile\n')
  expect(readFileSync(join(mounted.served, 'file'), 'utf8')).toBe('served\n')
})

test('uid, gid and umask decide what is shown', async (context) => {
  requireFuse(context)
  await using mounted = await mountWith(['-o', 'uid=1234,gid=4321,umask=027'])
  const { stdout } = await runShell(
    mounted.mount.mountpoint,
    `mkdir d; stat -c '%u %g %a %n' file d .`,
  )
  expect(stdout).toBe('1234 4321 750 file\n1234 4321 750 d\n1234 4321 750 .\n')
})

test('without allow_other only the mounting user gets in, with it others do', async (context) => {
  requireFuse(context)
  requireRoot(context, 'it looks through the eyes of another user')
  {
    await using mounted = await mountWith([])
    const { code, stderr } = await runShell('/', `cat ${mounted.mount.mountpoint}/file`, {
      user: ordinaryUser,
    })
    expect(code).not.toBe(0)
    expect(stderr).toMatch(/Permission denied/)
  }
  await using mounted = await mountWith(['-o', 'allow_other'])
  const { mountpoint } = mounted.mount
  await runShell(mountpoint, 'echo private > secret; chmod 600 secret')
  const others = await runShell('/', `cat ${mountpoint}/file; cat ${mountpoint}/secret`, {
    user: ordinaryUser,
  })
  expect(others.stdout).toBe('served\n')
  expect(others.stderr).toMatch(/secret: Permission denied/)
})

test('fsname, max_read and subtype: what the table of mounts shows', async (context) => {
  requireFuse(context)
  await using mounted = await mountWith([
    '-o',
    'fsname=the far side\\, mine,max_read=64K,subtype=x',
  ])
  expect(findMount(mounted.mount.mountpoint)).toMatchObject({
    source: 'the far side, mine',
    type: 'fuse.uftp',
    options: expect.arrayContaining(['rw', 'nosuid', 'nodev', 'max_read=65536']),
  })
})

test.for([
  [
    'no more than the kernel backend can serve at once',
    'max_read=1G',
    'max_read=1048576',
    'max_read=1073741824',
  ],
  ['noexec', 'noexec', 'noexec', 'exec'],
  ['allow_suid, which root may', 'allow_suid', 'nodev', 'nosuid'],
  ['allow_dev, which root may', 'allow_dev', 'nosuid', 'nodev'],
  ['suid, which mount.fuse3 adds unasked', 'suid,dev', 'nosuid', 'suid'],
  ['dev, which mount.fuse3 adds unasked', 'dev,suid', 'nodev', 'dev'],
] as const)('%s', async ([, given, shown, hidden], context) => {
  requireFuse(context)
  requireRoot(context, 'users may not have all of these')
  await using mounted = await mountWith(['-o', given])
  const options = findMount(mounted.mount.mountpoint)?.options
  expect(options).toContain(shown)
  expect(options).not.toContain(hidden)
})

test('a directory that is not empty is covered, and comes back', async (context) => {
  requireFuse(context)
  const { server, scratch } = fixture()
  const mountpoint = mkdtempSync(join(scratch, 'full.'))
  writeFileSync(join(mountpoint, 'below'), 'covered')
  const { options, target, env } = await server.signOn(await makeServed())
  expect(await runMountCommand([...options, target, mountpoint], { env })).toMatchObject({
    code: 0,
  })
  expect((await runShell(mountpoint, 'ls')).stdout).toBe('file\n')
  for (const { pid } of processesWith(mountpoint)) process.kill(pid, 'SIGTERM')
  await gone(mountpoint)
  expect(readdirSync(mountpoint)).toEqual(['below'])
})

test('allow_other by a user, whom /etc/fuse.conf lets', async (context) => {
  requireOrdinaryUser(context)
  const { server, scratch } = fixture()
  const mountpoint = mkdtempSync(join(scratch, 'shared.'))
  chownSync(mountpoint, ordinaryUser.uid, ordinaryUser.gid)
  const configuration = join(scratch, 'fuse.conf')
  writeFileSync(configuration, 'user_allow_other\n')
  const { options, target, env } = await server.signOn(await makeServed())
  // Root is one of the others here; the mount is seen in this mount namespace only.
  const script = `mount --bind "$0" /etc/fuse.conf; "$@"; cat "\${@: -1}/file"; umount "\${@: -1}"`
  const namespace = ['unshare', '--mount', 'bash', '-ec', script, configuration]
  const result = await runMountCommand(['-o', 'allow_other', ...options, target, mountpoint], {
    env,
    user: ordinaryUser,
    through: namespace,
  })
  expect(result).toEqual({ code: 0, stdout: 'served\n', stderr: '' })
  await gone(mountpoint)
})

test('an ordinary user mounts with fusermount3', async (context) => {
  requireOrdinaryUser(context)
  const { server, scratch } = fixture()
  const served = await makeServed()
  const home = mkdtempSync(join(scratch, 'home.'))
  await runShell('/', `chown ${ordinaryUser.uid}:${ordinaryUser.gid} '${home}'`)
  const mount = await MountProcess.start(await server.signOn(served), {
    backend: 'kernel',
    parent: home,
    user: ordinaryUser,
  })
  try {
    const { mountpoint } = mount
    expect(findMount(mountpoint)?.options).toContain(`user_id=${ordinaryUser.uid}`)
    const work = await runShell(
      mountpoint,
      `cat file; echo mine > new; cat new; stat -c '%u %g' new; ls; rm new; mkdir d; rmdir d`,
      { user: ordinaryUser },
    )
    const owner = `${ordinaryUser.uid} ${ordinaryUser.gid}`
    expect(work).toEqual({ code: 0, stdout: `served\nmine\n${owner}\nfile\nnew\n`, stderr: '' })
    const end = await runShell('/', `fusermount3 -u '${mountpoint}'`, { user: ordinaryUser })
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(await mount.process.wait(10_000)).toEqual({ code: 0, signal: null })
    expect(mount.problems()).toEqual([])
  } finally {
    await mount[Symbol.asyncDispose]()
  }
})

async function makeServed(): Promise<string> {
  const served = await fixture().server.makeDirectory()
  writeFileSync(join(served, 'file'), 'served\n')
  return served
}

interface Mounted extends AsyncDisposable {
  readonly mount: MountProcess
  readonly served: string
}

async function mountWith(options: readonly string[]): Promise<Mounted> {
  const { server, scratch } = fixture()
  const served = await makeServed()
  const settings = { backend: 'kernel', parent: scratch, options } as const
  const mount = await MountProcess.start(await server.signOn(served), settings)
  return {
    mount,
    served,
    [Symbol.asyncDispose]: async () => {
      try {
        expect(await mount.stop()).toEqual({ code: 0, signal: null })
        expect(mount.problems()).toEqual([])
      } finally {
        await mount[Symbol.asyncDispose]()
      }
    },
  }
}
